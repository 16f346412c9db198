// The routes of the API and the functions behind them. A function has its own timeout, and so has its integration: what a
// function does after its integration has given up still happens.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html

import type { ConnectDecision } from './handshake.ts';
import { type ProxyAnswer, parseProxyAnswer } from './proxy-answer.ts';
import type { GatewayEvent } from './proxy-event.ts';

/** How the invocation of a route's function ended. `timedOut`: by the function's own timeout; `throttled` and `dropped`: it
 *  did not begin. */
export type FunctionOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw' | 'timedOut' | 'throttled' | 'dropped' };

/** What a route makes of it. `timedOut`: the integration did not wait any longer. */
export type RouteOutcome =
  | { readonly kind: 'answered'; readonly answer: ProxyAnswer }
  | { readonly kind: 'failed' | 'throttled' | 'timedOut' };

export interface Route {
  /** @param signal aborted when the integration gives up: an invocation that has not begun is not wanted any more */
  invoke(event: GatewayEvent, options: { readonly signal: AbortSignal }): Promise<FunctionOutcome>;
  /** Sends the body that the function returns to the client. @default false: it is dropped */
  readonly routeResponse?: boolean;
  /** Of the integration; at most the limit, which is the default. */
  readonly timeoutMillis?: number;
}

/** By route key: `$connect`, `$disconnect`, `$default`, or an action that messages name. */
export type Routes = Readonly<Record<string, Route>>;

const MIN_TIMEOUT_MILLIS = 50;
const MAX_TIMEOUT_MILLIS = 29_000;

export class Integrations {
  /** Of the routes that messages take. */
  readonly messageKeys: ReadonlySet<string>;
  readonly #routes: Routes;
  readonly #maxMillis: number;

  /** @param maxMillis how long an integration may take
   *  @throws RangeError for a route that the gateway cannot serve */
  constructor(routes: Routes, maxMillis: number) {
    for (const [key, route] of Object.entries(routes)) checkRoute(key, route);
    this.#routes = routes;
    this.#maxMillis = maxMillis;
    this.messageKeys = new Set(Object.keys(routes).filter((key) => key !== '$connect' && key !== '$disconnect'));
  }

  has(routeKey: string): boolean {
    return Object.hasOwn(this.#routes, routeKey);
  }

  /** Never rejects. */
  async invoke(routeKey: string, event: GatewayEvent): Promise<RouteOutcome> {
    const route = this.#routes[routeKey];
    if (route === undefined) return { kind: 'failed' };
    const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<RouteOutcome>();
    const patience = new AbortController();
    const timer = setTimeout(
      () => {
        giveUp({ kind: 'timedOut' });
        patience.abort();
      },
      Math.min(route.timeoutMillis ?? this.#maxMillis, this.#maxMillis),
    );
    try {
      const { signal } = patience;
      return await Promise.race([route.invoke(event, { signal }).then(judge), givenUp]);
    } catch {
      return { kind: 'failed' };
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns what goes back to the client, which is nothing without a route response */
  replyOf(routeKey: string, { body }: ProxyAnswer): string | undefined {
    return this.#routes[routeKey]?.routeResponse === true ? body : undefined;
  }
}

const PREDEFINED_KEYS = ['$connect', '$disconnect', '$default'];

/** The range of timeouts is AWS's.
 *  @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html */
function checkRoute(key: string, { timeoutMillis = MIN_TIMEOUT_MILLIS }: Route): void {
  if (key === '' || (key.startsWith('$') && !PREDEFINED_KEYS.includes(key))) {
    throw new RangeError(`a route key must be ${PREDEFINED_KEYS.join(', ')} or the action of a message, got "${key}"`);
  }
  if (!(timeoutMillis >= MIN_TIMEOUT_MILLIS && timeoutMillis <= MAX_TIMEOUT_MILLIS)) {
    const allowed = `from ${MIN_TIMEOUT_MILLIS} to ${MAX_TIMEOUT_MILLIS}`;
    throw new RangeError(`timeoutMillis of the route "${key}" must be ${allowed}, got ${timeoutMillis}`);
  }
}

function judge(outcome: FunctionOutcome): RouteOutcome {
  if (outcome.kind === 'throttled') return { kind: 'throttled' };
  const answer = outcome.kind === 'returned' ? parseProxyAnswer(outcome.value) : undefined;
  return answer === undefined ? { kind: 'failed' } : { kind: 'answered', answer };
}

/** Statuses of a handshake whose `$connect` has no answer. 502 is reported for a function that throws; that it is the same for
 *  a malformed answer and for the function's own timeout is inferred, and the other two are unconfirmed. */
const STATUSES = { failed: 502, throttled: 500, timedOut: 504 } as const;

/** What the outcome of `$connect` is for its handshake. */
export function connectDecision(outcome: RouteOutcome): ConnectDecision {
  if (outcome.kind !== 'answered') return { statusCode: STATUSES[outcome.kind] };
  const { statusCode, headers } = outcome.answer;
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'sec-websocket-protocol');
  return { statusCode, ...(name !== undefined && { protocol: String(headers[name]) }) };
}
