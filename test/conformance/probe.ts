// The API of the conformance suite. It does what the query string or the message of a test requests, and returns the
// events that it gets.

import { setTimeout as sleep } from 'node:timers/promises';

/** Storage of the events, because invocations do not share memory. */
export interface EventLog {
  put(key: string, event: ProbeEvent): Promise<void>;
  get(key: string): Promise<ProbeEvent | undefined>;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests check raw events
export type ProbeEvent = any;

/** Settings of each route, on all targets. */
export interface ProbeRoute {
  readonly routeResponse: boolean;
  /** @default - the maximum of the API */
  readonly timeoutMillis?: number;
}

/** Handles a message by its route.
 *
 *  - `$default`, `echo`: returns the event.
 *  - `quiet`: returns the event, but has no route response.
 *  - `look`: returns the event that is stored under `key`.
 *  - `fail`: throws.
 *  - `slow`: takes longer than the timeout of its integration.
 *  - `malformed`: returns the object `answer` of the message, or nothing. */
export const PROBE_ROUTES: Readonly<Record<string, ProbeRoute>> = {
  $connect: { routeResponse: false },
  $disconnect: { routeResponse: false },
  $default: { routeResponse: true },
  echo: { routeResponse: true },
  quiet: { routeResponse: false },
  look: { routeResponse: true },
  fail: { routeResponse: true },
  slow: { routeResponse: true, timeoutMillis: 1_000 },
  malformed: { routeResponse: true },
};

export const STAGE_VARIABLES = { greeting: 'hello' };

export function makeProbe(log: EventLog): (event: ProbeEvent) => Promise<unknown> {
  const routes: Record<string, (event: ProbeEvent) => Promise<unknown>> = {
    $connect: (event) => connect(log, event),
    async $disconnect(event) {
      await log.put(event.requestContext.connectionId, event);
      return { statusCode: 200 };
    },
    async look({ body }) {
      return reply((await log.get(JSON.parse(body).key)) ?? null);
    },
    async fail() {
      throw new Error('as asked');
    },
    async malformed({ body }) {
      return JSON.parse(body).answer;
    },
    async slow(event) {
      await sleep(2_000);
      return reply(event);
    },
  };
  return (event) => {
    const route = routes[event.requestContext.routeKey];
    return route ? route(event) : Promise.resolve(reply(event));
  };
}

/** Handles `$connect` by its query string.
 *
 *  - `tag`: key under which the event is stored
 *  - `hold`: milliseconds until the answer
 *  - `status`, `protocol`: status and sub-protocol of the answer
 *  - `throw`: throws */
async function connect(log: EventLog, event: ProbeEvent): Promise<unknown> {
  const { tag, hold, status = '200', protocol, throw: isThrown } = event.queryStringParameters ?? {};
  if (tag !== undefined) await log.put(tag, event);
  if (hold !== undefined) await sleep(Number(hold));
  if (isThrown !== undefined) throw new Error('as asked');
  return {
    statusCode: Number(status),
    ...(protocol !== undefined && { headers: { 'Sec-WebSocket-Protocol': protocol } }),
  };
}

function reply(value: unknown): { statusCode: number; body: string } {
  return { statusCode: 200, body: JSON.stringify(value) };
}
