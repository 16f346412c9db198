// The routes of the API and their functions. A function and its integration have separate timeouts. A function
// continues after its integration has timed out.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integrations.html

import type { ConnectDecision } from './handshake.ts';
import { type ProxyAnswer, parseProxyAnswer } from './proxy-answer.ts';
import type { GatewayEvent } from './proxy-event.ts';

/** The outcome of an invocation. `timedOut`: the timeout of the function. `throttled` and `dropped`: the invocation did
 *  not start. */
export type FunctionOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw' | 'timedOut' | 'throttled' | 'dropped' };

/** The outcome of a route. `timedOut`: the timeout of the integration. */
export type RouteOutcome =
  | { readonly kind: 'answered'; readonly answer: ProxyAnswer }
  | { readonly kind: 'failed' | 'throttled' | 'timedOut' };

export interface Route {
  /** @param signal aborted when the integration times out, so that a waiting invocation does not start */
  invoke(event: GatewayEvent, options: { readonly signal: AbortSignal }): Promise<FunctionOutcome>;
  /** Whether the body that the function returns is sent to the client. @default false */
  readonly routeResponse?: boolean;
  /** Timeout of the integration. @default - the maximum */
  readonly timeoutMillis?: number;
}

/** Routes by route key: `$connect`, `$disconnect`, `$default`, or the `action` of messages. */
export type Routes = Readonly<Record<string, Route>>;

const MIN_TIMEOUT_MILLIS = 50;
const MAX_TIMEOUT_MILLIS = 29_000;

export class Integrations {
  /** Route keys of messages. */
  readonly messageKeys: ReadonlySet<string>;
  readonly #routes: Routes;
  readonly #maxMillis: number;

  /** @param maxMillis maximum timeout of an integration
   *  @throws RangeError for an invalid route */
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

  /** @returns the text for the client; undefined without a route response */
  replyOf(routeKey: string, { body }: ProxyAnswer): string | undefined {
    return this.#routes[routeKey]?.routeResponse === true ? body : undefined;
  }
}

const PREDEFINED_KEYS = ['$connect', '$disconnect', '$default'];

/** Checks a route. The range of timeouts is the range of AWS.
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

/** Status of a handshake whose `$connect` has no answer. 502 is reported for a function that throws, and inferred for a
 *  malformed answer and a timeout of the function. The other two are unconfirmed. */
const STATUSES = { failed: 502, throttled: 500, timedOut: 504 } as const;

/** Returns the decision on a handshake from the outcome of `$connect`. */
export function connectDecision(outcome: RouteOutcome): ConnectDecision {
  if (outcome.kind !== 'answered') return { statusCode: STATUSES[outcome.kind] };
  const { statusCode, headers } = outcome.answer;
  const name = Object.keys(headers).find((header) => header.toLowerCase() === 'sec-websocket-protocol');
  return { statusCode, ...(name !== undefined && { protocol: String(headers[name]) }) };
}
