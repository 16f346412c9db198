// The client: a connection that is kept, ticks that are counted, and the server's time between them.

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

/** `connecting`: for the first time; `open`: ticks come; `stale`: connected, but ticks are missing; `reconnecting`:
 *  there is no connection, and another attempt is under way or to come; `closed`: by `close()`, or the server does not
 *  want the viewer. */
export type ClockState = 'connecting' | 'open' | 'stale' | 'reconnecting' | 'closed';

export interface ClockTick extends Tick {
  /** A later tick overtook this one. */
  readonly isLate: boolean;
}

export interface Disconnection {
  /** As in RFC 6455, section 7.4; 1006 when the handshake was refused or the network was lost. */
  readonly code: number;
  readonly reason: string;
  /** The client stays away: the code is one from 4000 to 4999. */
  readonly isFinal: boolean;
}

export interface ClockEvents {
  /** Each tick once, in order of arrival. */
  tick: ClockTick;
  /** It changed. */
  state: ClockState;
  /** A connection was lost and no other stands in, or an attempt to connect failed. */
  disconnect: Disconnection;
  /** The server's answer to what was sent, or its notice that it is going to close the connection. */
  message: Received | Closing;
  /** A text that is not of the protocol, such as an error frame of the gateway. */
  text: string;
}

export interface ClockOptions {
  /** From one tick to the next, until the first tick tells it. @default 1,000 */
  readonly intervalMillis?: number;
  /** A probe is sent when `errorBound` is about to exceed it. Where the network does not allow such a bound, probes
   *  hold 1.5 times the best one reached. @default 50 */
  readonly targetErrorBoundMillis?: number;
  /** The first attempt to return is made at a random moment within it. Viewers who are cut together come back at this
   *  many a second: their number divided by the window's seconds; API Gateway admits 500 a second. @default 2,000 */
  readonly reconnectWindowMillis?: number;
  /** At which age a connection is replaced: a random one between the two. API Gateway cuts at two hours.
   *  @default from 1 h 45 min to 1 h 55 min */
  readonly renewAfterMillis?: readonly [number, number];
  /** Functions of their own, not methods of a class. @default those of the browser or of Node */
  readonly ports?: Partial<Ports>;
}

const MINUTE_MILLIS = 60_000;
/** Without an answer or any other message for so long after a probe, a connection is dead. */
export const ANSWER_MILLIS = 5_000;
/** Stale for so long, a connection is to be replaced although it answers. */
export const STALE_MILLIS = 30_000;

/** When ticks have been missing for too long: after three at an interval of a second, two at longer ones. */
export function staleAfterMillis(intervalMillis: number): number {
  return 2 * intervalMillis + 1_500;
}

/** URL of a socket: a string, or anything with an `href`, such as a `URL`. */
export type SocketUrl = string | { readonly href: string };

export class ClockClient {
  readonly #emitter = new Emitter<ClockEvents>();
  readonly #ports: Ports;
  readonly #counter = new TickCounter();
  readonly #clock: ServerClock;
  readonly #prober: Prober;
  readonly #link: Link;
  #state: ClockState = 'closed';
  /** Another object after each `connect()` and each end: what a listener may change while an event is emitted. */
  #session: object = {};
  #intervalMillis: number;
  /** When the last tick came, or the connection if that was later. */
  #freshAtMillis = 0;
  #wasOpen = false;
  /** The page was left. */
  #isAway = false;
  /** Index of the cell whose clock the bounds refer to. */
  #cell: number | undefined;
  #reconnects = 0;
  #renewals = 0;
  #stopWatching: (() => void) | undefined;
  #cancelStale: (() => void) | undefined;
  #cancelAnswer: (() => void) | undefined;

  /** @param url `ws:` or `wss:`, with `?id=` where one is wanted; or those of several cells, the preferred one first
   *  @throws RangeError for options that are not allowed, and for no URL at all */
  constructor(url: SocketUrl | readonly SocketUrl[], options: ClockOptions = {}) {
    const urls = [url].flat().map((one) => (typeof one === 'string' ? one : (one as { readonly href: string }).href));
    if (urls.length === 0) throw new RangeError('there must be a URL, got none');
    checkOptions(options);
    const { renewAfterMillis = [105 * MINUTE_MILLIS, 115 * MINUTE_MILLIS], reconnectWindowMillis = 2_000 } = options;
    const ports = withDefaults(options.ports ?? {}, platformPorts());
    this.#ports = ports;
    this.#intervalMillis = options.intervalMillis ?? 1_000;
    this.#clock = new ServerClock(ports, () => this.#askAnew());
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
        up: (isChange) => this.#up(isChange),
        down: (code, reason) => this.#down(code, reason),
        textArrived: (connection, text, atMillis) => this.#arrived(connection, text, atMillis),
        dismissed: (code, reason) => this.#end({ code, reason, isFinal: true }),
      },
    );
  }

  /** Connects, and keeps connected until `close()`. Does nothing unless the state is `closed`.
   *  @throws SyntaxError for a URL that no WebSocket takes */
  connect(): void {
    if (this.#state !== 'closed') return;
    this.#link.start();
    this.#clock.measureSteps();
    this.#session = {};
    // Ticks between `close()` and `connect()` are not missed, and this is no reconnect.
    this.#counter.skipGap();
    this.#wasOpen = false;
    this.#stopWatching = this.#ports.watchPage((event) => this.#pageChanged(event));
    this.#setState('connecting');
  }

  /** Leaves, and stays away until `connect()`. What is known of the time stays known.
   *  @param code 1000, or from 3000 to 4999
   *  @param reason at most 123 bytes of UTF-8
   *  @throws RangeError for anything else, and then nothing has happened */
  close(code = 1000, reason = ''): void {
    checkCloseArguments(code, reason);
    this.#link.stop(code, reason);
    this.#end();
  }

  /** Sends a text, of which the server acknowledges the receipt. Each is billed.
   *  @throws Error while there is no connection */
  send(text: string): void {
    if (this.#link.current === undefined) throw new Error(`cannot send while the state is "${this.#state}"`);
    this.#link.current.send(text);
  }

  /** A listener may call any method: events of a session that it ends with `close()` are not emitted any more.
   *  @returns an unsubscribe function */
  on<Type extends keyof ClockEvents>(type: Type, listener: (event: ClockEvents[Type]) => void): () => void {
    return this.#emitter.on(type, listener);
  }

  get state(): ClockState {
    return this.#state;
  }

  /** The server's time in milliseconds since the Unix epoch; never less than before. Undefined before anything is
   *  known. */
  now(): number | undefined {
    return this.#clock.now();
  }

  /** How many milliseconds `now()` can be wrong; Infinity while that cannot be told. docs/client.md says what it
   *  assumes. */
  get errorBound(): number {
    return this.#clock.errorBound;
  }

  /** `now()` less the system's own clock, in milliseconds. Undefined before anything is known. */
  get offset(): number | undefined {
    return this.#clock.offset;
  }

  /** How many milliseconds `offset` can be wrong: `errorBound` and the rounding of the system's clock. */
  get offsetErrorBound(): number {
    return this.#clock.offsetErrorBound;
  }

  /** The smallest of the last probes, in milliseconds, without the server's own time. Undefined before the first. */
  get roundTrip(): number | undefined {
    return this.#clock.roundTrip;
  }

  /** Ticks that came, each counted once. */
  get received(): number {
    return this.#counter.received;
  }

  /** Ticks that have not come, of those from the first to the last that did. */
  get missed(): number {
    return this.#counter.missed;
  }

  /** Ticks that came more than once on one connection. */
  get doubled(): number {
    return this.#counter.doubled;
  }

  /** How often a connection was lost and another took its place later. */
  get reconnects(): number {
    return this.#reconnects;
  }

  /** How often another connection took over while there was one. */
  get renewals(): number {
    return this.#renewals;
  }

  #up(isChange: boolean): void {
    const cell = this.#link.current?.cell;
    if (cell !== this.#cell) {
      // Nothing says how far the clocks of two cells are apart.
      this.#clock.forget();
      this.#cell = cell;
      this.#askAnew();
    }
    if (isChange) {
      this.#renewals++;
      // It may have been put in use without a tick, when the old one was lost.
      this.#watchTicks(staleAfterMillis(this.#intervalMillis));
      return;
    }
    if (this.#wasOpen) this.#reconnects++;
    this.#wasOpen = true;
    if (this.#clock.errorBound === Infinity) this.#prober.hurry();
    this.#prober.start();
    this.#fresh();
  }

  #down(code: number, reason: string): void {
    this.#rest();
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
        if (probe !== undefined && this.#clock.addProbe(probe) === 'doubtful') this.#prober.hurry();
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
      this.#prober.hurry();
    const session = this.#session;
    // The connection that is being left may still tick when the one in use has been lost.
    if (verdict === 'new' && this.#link.current) this.#fresh();
    const isShown = verdict === 'new' || verdict === 'late';
    if (isShown && session === this.#session) this.#emit('tick', { ...tick, isLate: verdict === 'late' });
  }

  /** A new tick, or a new connection that is given time for its first. */
  #fresh(): void {
    this.#freshAtMillis = this.#clock.moment();
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
    const leftMillis = this.#freshAtMillis + staleAfterMillis(this.#intervalMillis) - this.#clock.moment();
    if (leftMillis > 0) {
      this.#watchTicks(Math.ceil(leftMillis));
      return;
    }
    if (this.#state === 'open') this.#prober.hurry();
    if (leftMillis <= -STALE_MILLIS) this.#link.replace();
    else this.#watchTicks(Math.ceil(STALE_MILLIS + leftMillis));
    this.#setState('stale');
  }

  #probe(text: string): void {
    this.#link.current?.send(text);
    this.#cancelAnswer ??= this.#awaitWord(this.#clock.moment());
  }

  /** Any message will do as a sign of life. */
  #awaitWord(sinceMillis: number): () => void {
    return this.#ports.setTimer(() => {
      this.#cancelAnswer = undefined;
      const current = this.#link.current;
      if (current === undefined || current.heardAtMillis >= sinceMillis) return;
      const lateMillis = this.#clock.moment() - sinceMillis - ANSWER_MILLIS;
      // A machine that wakes runs its timers before it reads what has arrived meanwhile.
      if (lateMillis > 1_000) this.#cancelAnswer = this.#awaitWord(this.#clock.moment());
      else this.#link.giveUp(current, 'the connection is dead');
    }, ANSWER_MILLIS);
  }

  #askAnew(): void {
    this.#prober.forget();
    this.#prober.hurry();
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
        this.#prober.hurry();
        break;
      case 'visible':
        this.#link.retrySoon();
        this.#checkTicks();
        break;
      case 'left':
        this.#link.stop(1000, 'page left');
        this.#rest();
        this.#isAway = true;
        this.#setState('reconnecting');
        break;
      case 'returned':
        // Browsers also report the first time that a page is shown.
        if (this.#isAway) {
          this.#isAway = false;
          this.#link.resume();
        }
        break;
    }
  }

  #rest(): void {
    this.#prober.stop();
    this.#cancelStale?.();
    this.#cancelAnswer?.();
    this.#cancelAnswer = undefined;
  }

  #end(dismissal?: Disconnection): void {
    this.#rest();
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

  /** Call it last: a listener may call `close()` and `connect()`. */
  #setState(state: ClockState): void {
    if (state === this.#state) return;
    this.#state = state;
    const session = this.#session;
    this.#emitter.emit('state', state, () => state === this.#state && session === this.#session);
  }

  /** Stops when a listener ends the session. A caller that goes on compares the session. */
  #emit<Type extends keyof ClockEvents>(type: Type, event: ClockEvents[Type]): void {
    const session = this.#session;
    this.#emitter.emit(type, event, () => session === this.#session);
  }
}

/** A port that is undefined is the default. */
function withDefaults(given: Partial<Ports>, defaults: Ports): Ports {
  const isGiven = ([, port]: [string, unknown]) => port !== undefined;
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(isGiven)) };
}

/** @throws RangeError naming the option that is not allowed */
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

/** What timers can wait. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;
