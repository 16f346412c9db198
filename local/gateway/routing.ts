// Which route a message takes.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html

/** API Gateway's default, and the only form known here: a path of names into the JSON body. */
export const DEFAULT_ROUTE_SELECTION = '$request.body.action';

/** @returns the key of a route that exists, or undefined when none takes the message */
export function selectRoute(
  routeSelectionExpression: string,
  body: string,
  routeKeys: ReadonlySet<string>,
): string | undefined {
  const key = evaluate(routeSelectionExpression, body);
  if (key !== '' && routeKeys.has(key)) return key;
  return routeKeys.has('$default') ? '$default' : undefined;
}

/** A missing path gives the empty text, and so does a body that is not JSON. */
function evaluate(expression: string, body: string): string {
  const prefix = '$request.body.';
  if (!expression.startsWith(prefix)) return expression;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return '';
  }
  for (const name of expression.slice(prefix.length).split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return '';
    value = (value as Record<string, unknown>)[name];
  }
  // What has been parsed may still be nested too deep to be written.
  try {
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  } catch {
    return '';
  }
}
