// Posts to connections through the @connections API: signed here, over HTTP connections that are kept open, one post at a
// time on each. docs/decisions/0005-fan-out.md tells why it is not the SDK's client.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

import { Client, type Dispatcher } from 'undici';
import type { HeardDate } from '../domain/clock-proof.ts';
import type { PostOutcome } from '../domain/outcomes.ts';
import type { Clock, Log, Poster } from '../domain/ports.ts';
import { Connector } from './connector.ts';
import { type AwsCredentials, PostSigner, type SignedPost } from './post-signer.ts';

/** No post lasts longer: one that hangs gives its place to others. API Gateway answers within some ten milliseconds. */
export const POST_TIMEOUT_MILLIS = 400;

/** A connection that nobody used for so long is closed, before the gateway closes it under a post. */
const IDLE_MILLIS = 15_000;

/** How often posts are looked through for those that have timed out. */
const SWEEP_MILLIS = 20;

/** AWS refuses a signature whose date is five minutes off. */
const TOLERATED_SKEW_MILLIS = 4 * 60_000;

/** Of failures of one kind, one in this time is logged; all are counted. */
const LOG_PERIOD_MILLIS = 1_000;

export interface GatewayPosterOptions {
  /** Of the stage: `https://{api}.execute-api.{region}.amazonaws.com/{stage}` */
  readonly endpoint: string;
  readonly region: string;
  /** Asked before each tick; refreshes them when they are about to expire. */
  credentials(): Promise<AwsCredentials>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with each new `Date` of the gateway. */
  onDate?(heard: HeardDate): void;
}

export interface GatewayPoster extends Poster {
  /** Closes all HTTP connections. */
  dispose(): void;
}

export function makeGatewayPoster(options: GatewayPosterOptions): GatewayPoster {
  const { endpoint, clock, log } = options;
  const signer = new PostSigner(endpoint, options.region);
  const origin = new URL(endpoint).origin;
  const connector = new Connector(origin);
  const inFlight = new Set<Exchange>();
  const idle: Client[] = [];
  const loggedMillis = new Map<PostOutcome, number>();
  let openCount = 0;
  let credentials: AwsCredentials | undefined;
  let skewMillis = 0;
  let lastDate: string | undefined;
  let sweeper: NodeJS.Timeout | undefined;

  function makeClient(): Client {
    const client = new Client(origin, { connect: connector.connect, pipelining: 1, keepAliveTimeout: IDLE_MILLIS });
    client.on('connect', () => openCount++).on('disconnect', () => openCount--);
    return client;
  }

  function sweep(): void {
    const now = clock.monotonicMillis();
    for (const exchange of inFlight) if (exchange.deadlineMonotonicMillis <= now) exchange.end('timedOut');
    sweeper = inFlight.size > 0 ? setTimeout(sweep, SWEEP_MILLIS) : undefined;
  }

  async function credentialsBy(deadlineMillis: number): Promise<AwsCredentials | undefined> {
    const late = clock.sleepUntil(deadlineMillis).then(() => Promise.reject(new Error('no answer in time')));
    try {
      return await Promise.race([Promise.try(options.credentials), late]);
    } catch (error) {
      log.error('there are no credentials to sign with', { error });
      return undefined;
    }
  }

  /** With the client when it may serve again; without, its connection is in an unknown state and is given up. */
  function ended(exchange: Exchange, outcome: PostOutcome): void {
    inFlight.delete(exchange);
    if (outcome === 'timedOut') exchange.client.destroy().catch(() => {});
    else idle.push(exchange.client);
    if (exchange.date !== undefined && exchange.date !== lastDate)
      hearDate(exchange.date, exchange.startedMonotonicMillis);
    if (outcome === 'forbidden') adjustClock(exchange.date);
    if (outcome !== 'delivered' && outcome !== 'gone') report(outcome, exchange);
  }

  /** The first answer of a second tells most, and parsing thousands of dates would cost. */
  function hearDate(date: string, askedAtMonotonicMillis: number): void {
    lastDate = date;
    const answeredAtMonotonicMillis = clock.monotonicMillis();
    options.onDate?.({ dateMillis: Date.parse(date), askedAtMonotonicMillis, answeredAtMonotonicMillis });
  }

  /** A function's clock may be wrong: what the gateway refuses for its date is dated by the gateway's clock from then on. */
  function adjustClock(date: string | undefined): void {
    const difference = Date.parse(date ?? '') - clock.now();
    if (Math.abs(difference - skewMillis) < TOLERATED_SKEW_MILLIS || Number.isNaN(difference)) return;
    skewMillis = difference;
    log.warn('the clock differs from the gateway’s; posts are dated by the gateway’s', { skewMillis });
  }

  function report(outcome: PostOutcome, facts: Pick<Exchange, 'connectionId' | 'statusCode' | 'error'>): void {
    const now = clock.monotonicMillis();
    if (now - (loggedMillis.get(outcome) ?? Number.NEGATIVE_INFINITY) < LOG_PERIOD_MILLIS) return;
    loggedMillis.set(outcome, now);
    const { connectionId, statusCode, error } = facts;
    log.warn('a post failed', { connectionId, outcome, statusCode, error });
  }

  return {
    async prepare(connectionCount) {
      credentials = await options.credentials();
      await connector.open(connectionCount - openCount);
    },

    async post(connectionId, data, deadlineMillis) {
      credentials ??= await credentialsBy(deadlineMillis);
      if (credentials === undefined) return 'failed';
      const now = clock.now();
      let signed: SignedPost;
      try {
        signed = signer.sign(connectionId, data, now + skewMillis, credentials);
      } catch (error) {
        report('failed', { connectionId, statusCode: undefined, error: error as Error });
        return 'failed';
      }
      const client = idle.pop() ?? makeClient();
      const { promise, resolve } = Promise.withResolvers<PostOutcome>();
      const exchange = new Exchange(
        connectionId,
        client,
        clock.monotonicMillis(),
        Math.min(deadlineMillis - now, POST_TIMEOUT_MILLIS),
        (outcome) => {
          ended(exchange, outcome);
          resolve(outcome);
        },
      );
      inFlight.add(exchange);
      sweeper ??= setTimeout(sweep, SWEEP_MILLIS);
      client.dispatch({ method: 'POST', ...signed, body: data }, exchange);
      return promise;
    },

    dispose() {
      clearTimeout(sweeper);
      const clients = [...idle, ...Array.from(inFlight, ({ client }) => client)];
      for (const client of clients) client.destroy().catch(() => {});
      connector.dispose();
    },
  };
}

/** One post and its answer, as undici tells of it. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly connectionId: string;
  readonly client: Client;
  readonly startedMonotonicMillis: number;
  readonly deadlineMonotonicMillis: number;
  statusCode: number | undefined;
  /** The answer's `Date` header. */
  date: string | undefined;
  error: Error | undefined;
  #isOver = false;
  readonly #onEnd: (outcome: PostOutcome) => void;

  constructor(
    connectionId: string,
    client: Client,
    startedMonotonicMillis: number,
    timeoutMillis: number,
    onEnd: (outcome: PostOutcome) => void,
  ) {
    this.connectionId = connectionId;
    this.client = client;
    this.startedMonotonicMillis = startedMonotonicMillis;
    this.deadlineMonotonicMillis = startedMonotonicMillis + timeoutMillis;
    this.#onEnd = onEnd;
  }

  end(outcome: PostOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#onEnd(outcome);
  }

  onRequestStart(): void {}

  onResponseStart(_: unknown, statusCode: number, headers: { readonly date?: string | string[] | undefined }): void {
    this.statusCode = statusCode;
    this.date = headers.date === undefined ? undefined : String(headers.date);
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.end(outcomeOf(this.statusCode ?? 0));
  }

  onResponseError(_: unknown, error: Error): void {
    this.error = error;
    this.end('reset');
  }
}

function outcomeOf(statusCode: number): PostOutcome {
  if (statusCode === 200) return 'delivered';
  if (statusCode >= 500) return 'serverError';
  return OUTCOMES[statusCode] ?? 'failed';
}

const OUTCOMES: Readonly<Record<number, PostOutcome>> = {
  403: 'forbidden',
  410: 'gone',
  413: 'tooLarge',
  429: 'throttled',
};
