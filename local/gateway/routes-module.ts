// Anyone's WebSocket API, described by a module:
//
//   export default {
//     stage: 'dev',
//     routeSelectionExpression: '$request.body.action',
//     stageVariables: { colour: 'blue' },
//     routes: {
//       $connect: async (event, context) => ({ statusCode: 200 }),
//       greet: { handler: async (event) => ({ statusCode: 200, body: 'hello' }), routeResponse: true, timeoutMillis: 3_000 },
//     },
//   };
//
// It may be an ES module or CommonJS, TypeScript or JavaScript. Each route's function runs in threads of its own, as it
// would in Lambda's environments: warm ones are used again, concurrent invocations have separate ones, up to sixteen, a timeout kills.

import { LocalFunction } from '../functions/local-function.ts';
import type { Route } from './integration.ts';
import { withLimits } from './limits.ts';

export interface ApiDescription {
  /** @default 'dev' */
  readonly stage?: string;
  readonly routeSelectionExpression?: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  readonly routes: Readonly<Record<string, RouteDescription>>;
}

type Handler = (event: unknown, context: unknown) => unknown;

export type RouteDescription =
  | Handler
  | { readonly handler: Handler; readonly routeResponse?: boolean; readonly timeoutMillis?: number };

const KEYS = ['stage', 'routeSelectionExpression', 'stageVariables', 'routes'];
const ROUTE_KEYS = ['handler', 'routeResponse', 'timeoutMillis'];

/** AWS's own bounds of an integration's timeout. */
const MIN_TIMEOUT_MILLIS = 50;
const MAX_TIMEOUT_MILLIS = withLimits().integrationMillis;

const STAGE = /^[A-Za-z0-9_-]{1,128}$/;

/** A mistake in the module; its message is one line for whoever wrote it. */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError';
}

/** @throws {DescriptionError} saying what was wrong, what was got and what is allowed */
export function checkDescription(value: unknown): ApiDescription {
  const description = asObject(value, 'the default export', KEYS);
  const { stage = 'dev', routeSelectionExpression, stageVariables = {}, routes } = description;
  if (typeof stage !== 'string' || !STAGE.test(stage)) {
    throw new DescriptionError(`stage must be 1 to 128 letters, digits, - and _, got ${show(stage)}`);
  }
  if (routeSelectionExpression !== undefined && typeof routeSelectionExpression !== 'string') {
    throw new DescriptionError(`routeSelectionExpression must be a text, got ${show(routeSelectionExpression)}`);
  }
  for (const [name, text] of Object.entries(asObject(stageVariables, 'stageVariables'))) {
    if (typeof text !== 'string')
      throw new DescriptionError(`stageVariables.${name} must be a text, got ${show(text)}`);
  }
  for (const [key, route] of Object.entries(asObject(routes, 'routes'))) checkRoute(key, route);
  return description as unknown as ApiDescription;
}

function checkRoute(key: string, route: unknown): void {
  if (typeof route === 'function') return;
  const { handler, routeResponse = false, timeoutMillis = MAX_TIMEOUT_MILLIS } = asObject(route, key, ROUTE_KEYS);
  if (typeof handler !== 'function')
    throw new DescriptionError(`${key}.handler must be a function, got ${show(handler)}`);
  if (typeof routeResponse !== 'boolean') {
    throw new DescriptionError(`${key}.routeResponse must be true or false, got ${show(routeResponse)}`);
  }
  const millis = Number(timeoutMillis);
  if (!(Number.isInteger(timeoutMillis) && millis >= MIN_TIMEOUT_MILLIS && millis <= MAX_TIMEOUT_MILLIS)) {
    const allowed = `a whole number from ${MIN_TIMEOUT_MILLIS} to ${MAX_TIMEOUT_MILLIS}`;
    throw new DescriptionError(`${key}.timeoutMillis must be ${allowed}, got ${show(timeoutMillis)}`);
  }
}

/** @param keys that it may have; any when undefined */
function asObject(value: unknown, name: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DescriptionError(`${name} must be an object, got ${show(value)}`);
  }
  const unknownKey = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (unknownKey !== undefined) {
    throw new DescriptionError(`${name} has "${unknownKey}", of which nothing is known, only ${keys?.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

function show(value: unknown): string {
  return typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
}

export interface ModuleRoutes {
  readonly routes: Readonly<Record<string, Route>>;
  dispose(): Promise<void>;
}

/** @param moduleUrl of the file that the description came from
 *  @param variables of the functions' environments */
export function routesOf(
  { routes }: ApiDescription,
  moduleUrl: string,
  variables: Readonly<Record<string, string>>,
  output: (text: string) => void,
): ModuleRoutes {
  const functions: LocalFunction[] = [];
  const routeOf = (key: string, route: RouteDescription): Route => {
    const { routeResponse = false, timeoutMillis = MAX_TIMEOUT_MILLIS } = typeof route === 'function' ? {} : route;
    const fn = new LocalFunction({
      functionName: key,
      handlerUrl: moduleUrl,
      handlerPath: ['default', 'routes', key],
      variables,
      // The integration gives up first, and the client hears of it; then the function is ended.
      timeoutMillis,
      output,
    });
    functions.push(fn);
    return { invoke: (event) => fn.invoke(event), routeResponse, timeoutMillis };
  };
  return {
    routes: Object.fromEntries(Object.entries(routes).map(([key, route]) => [key, routeOf(key, route)])),
    async dispose() {
      await Promise.all(functions.map((fn) => fn.dispose()));
    },
  };
}
