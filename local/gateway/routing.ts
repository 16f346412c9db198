// Selects the route of a message: the route whose key is the `action` of the JSON body. That is the selection
// expression `$request.body.action`, API Gateway's default. No other one is supported.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html

/** @returns key of an existing route, or undefined if no route matches */
export function selectRoute(body: string, routeKeys: ReadonlySet<string>): string | undefined {
  const key = actionOf(body);
  if (key !== '' && routeKeys.has(key)) return key;
  return routeKeys.has('$default') ? '$default' : undefined;
}

/** @returns an empty text if the body is not JSON or has no action */
function actionOf(body: string): string {
  try {
    const message: unknown = JSON.parse(body);
    if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'action')) return '';
    const { action } = message as { readonly action: unknown };
    // JSON.stringify throws if an action is nested too deep.
    return typeof action === 'object' ? JSON.stringify(action) : String(action);
  } catch {
    return '';
  }
}
