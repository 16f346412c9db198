// The client: it keeps a connection open, counts ticks, and computes the server's time between them.

import { type Closing, parseServerMessage, type Received, type Tick } from '../../../protocol/messages.ts';
import { checkCloseArguments } from './close-arguments.ts';
import type { Connection } from './connection.ts';
import { Emitter } from './emitter.ts';
import { Link } from './link.ts';
import { platformPorts } from './platform.ts';
import type { PageEvent, Ports } from './ports.ts';
import { Prober } from './prober.ts';
import { ServerClock } from './server-clock.ts';
import { TickCounter } from './tick-counter.ts';

/** State of the client.
 *
 *  - `connecting`: connects for the first time.
 *  - `open`: ticks arrive.
 *  - `stale`: connected, but ticks are missing.
 *  - `reconnecting`: not connected; attempts continue.
 *  - `closed`: closed by `close()`, or the server has dismissed the viewer (close codes 4000 to 4999). */
export type ClockState = 'connecting' | 'open' | 'stale' | 'reconnecting' | 'closed';

export interface ClockTick extends Tick {
  /** Whether a later tick arrived before this one. */
  readonly isLate: boolean;
}

export interface Disconnection {
  /** Close code (RFC 6455, section 7.4). 1006 if the handshake was refused or the network was lost. */
  readonly code: number;
  readonly reason: string;
  /** Whether the client stays disconnected, because the code is from 4000 to 4999. */
  readonly isFinal: boolean;
}

export interface ClockEvents {
  /** Each tick once, in the order of arrival. */
  tick: ClockTick;
  /** The state has changed. */
  state: ClockState;
  /** A connection was lost and there is no other, or an attempt to connect failed. */
  disconnect: Disconnection;
  /** The server's answer to a text that was sent, or its notice that it will close the connection. */
  message: Received | Closing;
  /** A text that is not part of the protocol, for example an error frame of the gateway. */
  text: string;
}

export interface ClockOptions {
  /** Interval to assume before the first tick, which contains it. @default 1,000 */
  readonly intervalMillis?: number;
  /** Target for `errorBound` in milliseconds. The client sends a probe before the bound exceeds it. If the network is
   *  too slow for the target, the client uses 1.5 times the best bound instead. @default 50 */
  readonly targetErrorBoundMillis?: number;
  /** The first reconnect attempt is after a random delay of up to this many milliseconds. If all viewers are
   *  disconnected together, their number divided by the seconds of this window reconnect per second. API Gateway
   *  accepts 500 new connections per second. @default 2,000 */
  readonly reconnectWindowMillis?: number;
  /** Minimum and maximum age in milliseconds at which the client replaces a connection. The age is random between them.
   *  API Gateway closes connections after two hours. @default 1 h 45 min to 1 h 55 min */
  readonly renewAfterMillis?: readonly [number, number];
  /** Plain functions, not methods of a class. @default - the functions of the browser or of Node */
  readonly ports?: Partial<Ports>;
}

const MINUTE_MILLIS = 60_000;
/** A connection counts as dead if no message arrives for this long after a probe. */
export const ANSWER_MILLIS = 5_000;
/** A connection that is stale for this long is replaced, even if it answers probes. */
export const STALE_MILLIS = 30_000;

/** Returns when the state becomes `stale`: after three missing ticks at an interval of a second, and after two at
 *  longer intervals. */
export function staleAfterMillis(intervalMillis: number): number {
  return 2 * intervalMillis + 1_500;
}

/** URL of a WebSocket: a string, or an object with an `href`, such as a `URL`. */
export type SocketUrl = string | { readonly href: string };

export class ClockClient {
  readonly #emitter = new Emitter<ClockEvents>();
  readonly #ports: Ports;
  readonly #counter = new TickCounter();
  readonly #clock: ServerClock;
  readonly #prober: Prober;
  readonly #link: Link;
  #state: ClockState = 'closed';
  /** A new object after each `connect()` and each end. A listener can change it while an event is emitted. */
  #session: object = {};
  #intervalMillis: number;
  /** When the last tick arrived, or when the connection opened if that was later. */
  #waitingSinceMillis = 0;
  #wasOpen = false;
  /** Whether the page was left. */
  #isAway = false;
  /** Index of the cell whose clock the error bound refers to. */
  #cell: number | undefined;
  #reconnects = 0;
  #renewals = 0;
  #stopWatching: (() => void) | undefined;
  #cancelStale: (() => void) | undefined;
  #cancelAnswer: (() => void) | undefined;

  /** @param url a `ws:` or `wss:` URL, optionally with `?id=`. Or the URLs of several cells, the preferred one first.
   *  @throws RangeError for an invalid option or an empty list of URLs */
  constructor(url: SocketUrl | readonly SocketUrl[], options: ClockOptions = {}) {
    const urls = [url].flat().map((one) => (typeof one === 'string' ? one : (one as { readonly href: string }).href));
    if (urls.length === 0) throw new RangeError('there must be a URL, got none');
    checkOptions(options);
    const { renewAfterMillis = [105 * MINUTE_MILLIS, 115 * MINUTE_MILLIS], reconnectWindowMillis = 2_000 } = options;
    const ports = withDefaults(options.ports ?? {}, platformPorts());
    this.#ports = ports;
    this.#intervalMillis = options.intervalMillis ?? 1_000;
    this.#clock = new ServerClock(ports, () => this.#probeAgain());
    const { targetErrorBoundMillis = 50 } = options;
    this.#prober = new Prober(
      ports,
      this.#longGapMillis(),
      () => this.#clock.holdsMillis(targetErrorBoundMillis),
      (text) => this.#probe(text),
    );
    this.#link = new Link(
      {
        urls,
        ports,
        reconnectWindowMillis,
        renewAfterMillis,
        moment: () => this.#clock.moment(),
        staleAfterMillis: () => staleAfterMillis(this.#intervalMillis),
      },
      {
        up: (isChange) => this.#connected(isChange),
        down: (code, reason) => this.#disconnected(code, reason),
        textArrived: (connection, text, atMillis) => this.#arrived(connection, text, atMillis),
        dismissed: (code, reason) => this.#end({ code, reason, isFinal: true }),
      },
    );
  }

  /** Connects, and stays connected until `close()`. Does nothing unless the state is `closed`.
   *  @throws SyntaxError for a URL that WebSockets do not accept */
  connect(): void {
    if (this.#state !== 'closed') return;
    this.#link.start();
    this.#clock.measureSteps();
    this.#session = {};
    // Ticks between `close()` and `connect()` do not count as missed, and this does not count as a reconnect.
    this.#counter.skipGap();
    this.#wasOpen = false;
    this.#stopWatching = this.#ports.watchPage((event) => this.#pageChanged(event));
    this.#setState('connecting');
  }

  /** Disconnects, and stays disconnected until `connect()`. `now()` continues to work.
   *  @param code 1000, or from 3000 to 4999
   *  @param reason at most 123 bytes of UTF-8
   *  @throws RangeError for another code or a longer reason; then the connection stays open */
  close(code = 1000, reason = ''): void {
    checkCloseArguments(code, reason);
    this.#link.stop(code, reason);
    this.#end();
  }

  /** Sends a text. The server acknowledges it. Each text is a billed message.
   *  @throws Error if there is no connection */
  send(text: string): void {
    if (this.#link.current === undefined) throw new Error(`cannot send while the state is "${this.#state}"`);
    this.#link.current.send(text);
  }

  /** Adds a listener. A listener may call any method. After `close()`, no further events of the session are emitted.
   *  @returns an unsubscribe function */
  on<Type extends keyof ClockEvents>(type: Type, listener: (event: ClockEvents[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  get state(): ClockState {
    return this.#state;
  }

  /** Returns the server's time as Unix time in milliseconds. It never decreases. Undefined before the first tick or
   *  answer. */
  now(): number | undefined {
    return this.#clock.now();
  }

  /** Largest possible error of `now()`, in milliseconds. Infinity if it is not known. docs/client.md lists the
   *  assumptions. */
  get errorBound(): number {
    return this.#clock.errorBound;
  }

  /** `now()` minus the system clock, in milliseconds. Undefined before the first tick or answer. */
  get offset(): number | undefined {
    return this.#clock.offset;
  }

  /** Largest possible error of `offset`, in milliseconds: `errorBound` plus the rounding of the system clock. */
  get offsetErrorBound(): number {
    return this.#clock.offsetErrorBound;
  }

  /** Smallest round-trip time of the latest probes, in milliseconds, without the server's processing time. Undefined
   *  before the first answer. */
  get roundTrip(): number | undefined {
    return this.#clock.roundTrip;
  }

  /** Number of ticks that arrived, each counted once. */
  get received(): number {
    return this.#counter.received;
  }

  /** Number of ticks that did not arrive, between the first and the last that did. */
  get missed(): number {
    return this.#counter.missed;
  }

  /** Number of ticks that arrived more than once on one connection. */
  get doubled(): number {
    return this.#counter.doubled;
  }

  /** Number of times that a connection was lost and another one replaced it later. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** Number of times that another connection took over without a gap. */
  get renewals(): number {
    return this.#renewals;
  }

  #connected(isChange: boolean): void {
    const cell = this.#link.current?.cell;
    if (cell !== this.#cell) {
      // The difference between the clocks of two cells is unknown.
      this.#clock.forget();
      this.#cell = cell;
      this.#probeAgain();
    }
    if (isChange) {
      this.#renewals++;
      // The connection may be in use without a tick, because the old one was lost.
      this.#watchTicks(staleAfterMillis(this.#intervalMillis));
      return;
    }
    if (this.#wasOpen) this.#reconnects++;
    this.#wasOpen = true;
    if (this.#clock.errorBound === Infinity) this.#prober.probeNow();
    this.#prober.start();
    this.#expectTick();
  }

  #disconnected(code: number, reason: string): void {
    this.#pause();
    const session = this.#session;
    this.#setState('reconnecting');
    if (session === this.#session) this.#emit('disconnect', { code, reason, isFinal: false });
  }

  #arrived(connection: Connection, text: string, atMillis: number): void {
    const message = parseServerMessage(text);
    switch (message?.type) {
      case 'tick':
        this.#ticked(connection, message, atMillis);
        break;
      case 'sync': {
        const probe = this.#prober.answered(message, atMillis);
        if (probe !== undefined && this.#clock.addProbe(probe) === 'doubtful') this.#prober.probeNow();
        break;
      }
      case 'closing': {
        const session = this.#session;
        this.#emit('message', message);
        if (session === this.#session) this.#link.noticed(connection, message);
        break;
      }
      case 'received':
        this.#emit('message', message);
        break;
      default:
        this.#emit('text', text);
    }
  }

  #ticked(connection: Connection, tick: Tick, atMillis: number): void {
    this.#intervalMillis = tick.intervalMillis;
    this.#prober.maxGapMillis = this.#longGapMillis();
    const verdict = this.#counter.take(tick.sequence, tick.intervalMillis, connection);
    this.#link.ticked(connection);
    if (connection.cell === this.#cell && this.#clock.addTick(tick.sentAt, atMillis) === 'doubtful')
      this.#prober.probeNow();
    const session = this.#session;
    // The leaving connection may still tick after the one in use was lost.
    if (verdict === 'new' && this.#link.current) this.#expectTick();
    const isShown = verdict === 'new' || verdict === 'late';
    if (isShown && session === this.#session) this.#emit('tick', { ...tick, isLate: verdict === 'late' });
  }

  /** Restarts the wait for the next tick, after a tick or for a new connection. */
  #expectTick(): void {
    this.#waitingSinceMillis = this.#clock.moment();
    if (this.#state === 'stale') this.#link.keep();
    this.#watchTicks(staleAfterMillis(this.#intervalMillis));
    this.#setState('open');
  }

  #watchTicks(millis: number): void {
    this.#cancelStale?.();
    this.#cancelStale = this.#ports.setTimer(() => this.#checkTicks(), millis);
  }

  #checkTicks(): void {
    if (this.#link.current === undefined) return;
    const leftMillis = this.#waitingSinceMillis + staleAfterMillis(this.#intervalMillis) - this.#clock.moment();
    if (leftMillis > 0) {
      this.#watchTicks(Math.ceil(leftMillis));
      return;
    }
    if (this.#state === 'open') this.#prober.probeNow();
    if (leftMillis <= -STALE_MILLIS) this.#link.replace();
    else this.#watchTicks(Math.ceil(STALE_MILLIS + leftMillis));
    this.#setState('stale');
  }

  #probe(text: string): void {
    this.#link.current?.send(text);
    this.#cancelAnswer ??= this.#awaitMessage(this.#clock.moment());
  }

  /** Replaces the connection unless a message arrives in time. Any message counts. */
  #awaitMessage(sinceMillis: number): () => void {
    return this.#ports.setTimer(() => {
      this.#cancelAnswer = undefined;
      const current = this.#link.current;
      if (current === undefined || current.heardAtMillis >= sinceMillis) return;
      const lateMillis = this.#clock.moment() - sinceMillis - ANSWER_MILLIS;
      // After sleep, a machine runs its timers before it reads messages that have arrived.
      if (lateMillis > 1_000) this.#cancelAnswer = this.#awaitMessage(this.#clock.moment());
      else this.#link.giveUp(current, 'the connection is dead');
    }, ANSWER_MILLIS);
  }

  #probeAgain(): void {
    this.#prober.forget();
    this.#prober.probeNow();
  }

  #pageChanged(event: PageEvent): void {
    if (this.#state === 'closed') return;
    switch (event) {
      case 'offline':
        this.#link.isOffline = true;
        break;
      case 'online':
        this.#link.isOffline = false;
        this.#link.retrySoon();
        this.#prober.probeNow();
        break;
      case 'visible':
        this.#link.retrySoon();
        this.#checkTicks();
        break;
      case 'left':
        this.#link.stop(1000, 'page left');
        this.#pause();
        this.#isAway = true;
        this.#setState('reconnecting');
        break;
      case 'returned':
        // Browsers also report the first display of a page.
        if (this.#isAway) {
          this.#isAway = false;
          this.#link.resume();
        }
        break;
    }
  }

  #pause(): void {
    this.#prober.stop();
    this.#cancelStale?.();
    this.#cancelAnswer?.();
    this.#cancelAnswer = undefined;
  }

  #end(dismissal?: Disconnection): void {
    this.#pause();
    this.#isAway = false;
    this.#stopWatching?.();
    this.#stopWatching = undefined;
    const session = {};
    this.#session = session;
    this.#setState('closed');
    if (dismissal !== undefined && session === this.#session) this.#emit('disconnect', dismissal);
  }

  #longGapMillis(): number {
    return Math.max(MINUTE_MILLIS, 15 * this.#intervalMillis);
  }

  /** Must be the last call of a method, because a listener may call `close()` and `connect()`. */
  #setState(state: ClockState): void {
    if (state === this.#state) return;
    this.#state = state;
    const session = this.#session;
    this.#emitter.emit('state', state, () => state === this.#state && session === this.#session);
  }

  /** Stops when a listener ends the session. A caller that continues must compare the session. */
  #emit<Type extends keyof ClockEvents>(type: Type, event: ClockEvents[Type]): void {
    const session = this.#session;
    this.#emitter.emit(type, event, () => session === this.#session);
  }
}

/** Uses the default for a port that is undefined. */
function withDefaults(given: Partial<Ports>, defaults: Ports): Ports {
  const isGiven = ([, port]: [string, unknown]) => port !== undefined;
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(isGiven)) };
}

/** @throws RangeError that names the invalid option */
function checkOptions(options: ClockOptions): void {
  const { renewAfterMillis = [1, 1] } = options;
  for (const name of ['intervalMillis', 'targetErrorBoundMillis', 'reconnectWindowMillis'] as const) {
    const value = options[name] ?? 1;
    if (!(value > 0 && value <= MAX_TIMER_MILLIS)) throw new RangeError(`${name} must be above 0, got ${value}`);
  }
  const [earliest, latest] = renewAfterMillis;
  if (!(earliest > 0 && earliest <= latest && latest <= MAX_TIMER_MILLIS)) {
    throw new RangeError(`renewAfterMillis must be two rising numbers above 0, got ${earliest} and ${latest}`);
  }
}

/** Maximum delay of a timer. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;
