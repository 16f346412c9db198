// The API behind the conformance suite: it does what a test's query or message asks, and shows the events that it gets.

import { setTimeout as sleep } from 'node:timers/promises';

/** Where the events are kept, since no invocation can rely on another's memory. */
export interface EventLog {
  put(key: string, event: ProbeEvent): Promise<void>;
  get(key: string): Promise<ProbeEvent | undefined>;
}

// biome-ignore lint/suspicious/noExplicitAny: the tests look at events as they come
export type ProbeEvent = any;

/** How each route is set up, on whatever target. */
export interface ProbeRoute {
  readonly routeResponse: boolean;
  /** @default - what the API allows at most */
  readonly timeoutMillis?: number;
}

/** `$default` and `echo` answer with the event, `quiet` too but has no route response; `look` answers with the event
 *  kept under `key`, `fail` throws, `slow` outlasts its integration, `malformed` answers with the object that the message
 *  holds as `answer`, or with nothing. */
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

/** By the query: `tag` is the key that the event is kept under, `hold` how many milliseconds the answer takes, `status`
 *  and `protocol` are the answer's, `throw` has none. */
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
