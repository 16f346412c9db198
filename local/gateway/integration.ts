// The routes of an API and the functions behind them.

import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectDecision } from './handshake.ts';
import type { GatewayEvent } from './proxy-event.ts';

/** How the invocation of a route's function ended. */
export type RouteOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw' }
  | { readonly kind: 'timedOut' };

export interface Route {
  invoke(event: GatewayEvent): Promise<RouteOutcome>;
  /** Sends the body that the function returns to the client. @default false: it is dropped */
  readonly routeResponse?: boolean;
  /** Of the integration; at most the limit, which is the default. */
  readonly timeoutMillis?: number;
}

/** By route key: `$connect`, `$disconnect`, `$default`, or what the selection expression yields. */
export type Routes = Readonly<Record<string, Route>>;

export class Integrations {
  /** Of the routes that messages take. */
  readonly messageKeys: ReadonlySet<string>;
  readonly #routes: Routes;
  readonly #maxMillis: number;

  /** @param maxMillis how long an integration may take */
  constructor(routes: Routes, maxMillis: number) {
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
    if (route === undefined) return { kind: 'threw' };
    const timeout = new AbortController();
    const millis = Math.min(route.timeoutMillis ?? this.#maxMillis, this.#maxMillis);
    const timedOut = sleep(millis, { kind: 'timedOut' } as const, { signal: timeout.signal });
    timedOut.catch(() => {});
    try {
      return await Promise.race([route.invoke(event), timedOut]);
    } catch {
      return { kind: 'threw' };
    } finally {
      timeout.abort();
    }
  }

  /** @returns what goes back to the client, which is nothing without a route response */
  replyOf(routeKey: string, outcome: RouteOutcome): string | undefined {
    if (outcome.kind !== 'returned' || this.#routes[routeKey]?.routeResponse !== true) return undefined;
    const { body } = (outcome.value ?? {}) as { body?: unknown };
    return typeof body === 'string' ? body : undefined;
  }
}

/** What the outcome of `$connect` is for its handshake. */
export function connectDecision(outcome: RouteOutcome): ConnectDecision {
  if (outcome.kind === 'threw') return { statusCode: 502 };
  // On AWS unconfirmed.
  if (outcome.kind === 'timedOut') return { statusCode: 504 };
  const { statusCode, headers } = (outcome.value ?? {}) as { statusCode?: unknown; headers?: Record<string, string> };
  if (typeof statusCode !== 'number' || STATUS_CODES[statusCode] === undefined) return { statusCode: 502 };
  const name = Object.keys(headers ?? {}).find((header) => header.toLowerCase() === 'sec-websocket-protocol');
  const protocol = name === undefined ? undefined : headers?.[name];
  return { statusCode, ...(protocol !== undefined && { protocol }) };
}
