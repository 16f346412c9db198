// Posts to connections through the @connections API. It signs the posts itself and keeps HTTP connections open, with
// one post at a time on each. docs/decisions/0005-fan-out.md explains why it does not use the SDK's client.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

import { Client, type Dispatcher } from 'undici';
import type { ObservedDate } from '../domain/clock-proof.ts';
import type { PostOutcome } from '../domain/outcomes.ts';
import type { Clock, Log, Poster } from '../domain/ports.ts';
import { Connector } from './connector.ts';
import { type AwsCredentials, PostSigner, type SignedPost } from './post-signer.ts';

/** Timeout of a post, so that a post without an answer does not hold up others. API Gateway usually answers in about
 *  ten milliseconds. */
export const POST_TIMEOUT_MILLIS = 400;

/** An idle connection is closed after this time, before the gateway can close it during a post. */
const IDLE_MILLIS = 15_000;

/** Time between two checks of the posts in flight for timeouts. */
const SWEEP_MILLIS = 20;

/** Clock differences below this limit are not corrected. AWS refuses a signature whose date is five minutes off. */
const TOLERATED_SKEW_MILLIS = 4 * 60_000;

/** Failures with the same outcome are logged at most once in this time. All of them are counted. */
const LOG_PERIOD_MILLIS = 1_000;

export interface GatewayPosterOptions {
  /** Endpoint of the stage: `https://{api}.execute-api.{region}.amazonaws.com/{stage}` */
  readonly endpoint: string;
  readonly region: string;
  /** Returns credentials that are valid for the next tick. Called before each tick. */
  credentials(): Promise<AwsCredentials>;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the gateway answers with another `Date` than before. */
  onDate?(date: ObservedDate): void;
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

  /** Destroys the client of a post that has timed out, because its connection is in an unknown state. Keeps other
   *  clients for further posts. */
  function finishPost(exchange: Exchange, outcome: PostOutcome): void {
    inFlight.delete(exchange);
    if (outcome === 'timedOut') exchange.client.destroy().catch(() => {});
    else idle.push(exchange.client);
    if (exchange.date !== undefined && exchange.date !== lastDate)
      reportDate(exchange.date, exchange.startedMonotonicMillis);
    if (outcome === 'forbidden') adjustClock(exchange.date);
    if (outcome !== 'delivered' && outcome !== 'gone') report(outcome, exchange);
  }

  /** Called for the first answer of each second only: its lower bound is the tightest, and parsing every date costs
   *  CPU. */
  function reportDate(date: string, askedAtMonotonicMillis: number): void {
    lastDate = date;
    const answeredAtMonotonicMillis = clock.monotonicMillis();
    options.onDate?.({ dateMillis: Date.parse(date), askedAtMonotonicMillis, answeredAtMonotonicMillis });
  }

  /** Corrects the dates of signatures if the machine's clock is wrong: when the gateway refuses a post and the clocks
   *  differ, further posts are dated by the gateway's clock. */
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
          finishPost(exchange, outcome);
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

/** One post and its answer. undici calls its methods. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly connectionId: string;
  readonly client: Client;
  readonly startedMonotonicMillis: number;
  readonly deadlineMonotonicMillis: number;
  statusCode: number | undefined;
  /** `Date` header of the answer. */
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
