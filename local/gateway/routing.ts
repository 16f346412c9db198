// Which route a message takes: the one whose key is the `action` of its JSON body. The stack and the probe select routes by
// `$request.body.action`, API Gateway's default; no other selection expression is supported.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html

/** @returns the key of a route that exists, or undefined when no route takes the message */
export function selectRoute(body: string, routeKeys: ReadonlySet<string>): string | undefined {
  const key = actionOf(body);
  if (key !== '' && routeKeys.has(key)) return key;
  return routeKeys.has('$default') ? '$default' : undefined;
}

/** @returns the empty text when the body is not JSON or has no action */
function actionOf(body: string): string {
  try {
    const message: unknown = JSON.parse(body);
    if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'action')) return '';
    const { action } = message as { readonly action: unknown };
    // JSON.stringify throws for an action that is nested too deep.
    return typeof action === 'object' ? JSON.stringify(action) : String(action);
  } catch {
    return '';
  }
}
