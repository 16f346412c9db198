// Keeps one connection in use: connects, reconnects with jitter, and renews it before the gateway cuts it: the next one
// is opened first, and the old one is closed only when the new one has ticked. Of several cells it prefers the first,
// and changes to another one, and back, in the same way.
//
//   current   carries                  |----------- A -----------|
//   next      opening, or unproven              dials B . . . B |------- B ------
//   leaving   still listened to                      B's first tick |-- A --|

import type { Closing } from '../../../protocol/messages.ts';
import { Backoff } from './backoff.ts';
import { isFinal } from './close-arguments.ts';
import { Connection } from './connection.ts';
import type { Ports } from './ports.ts';

/** A connection that ticked and lasted this long ends a row of attempts. */
export const STABLE_MILLIS = 10_000;

/** While another cell is in use, the preferred one is tried again after a random time between this and twice this. The
 *  time doubles with each failed attempt, five times at most. */
const RETURN_MILLIS = 60_000;

/** The code by which the gateway ends a connection that is too old or idle, without notice. */
const GOING_AWAY = 1001;

/** How long two connections are listened to at a change. The server sends no tick later than 900 ms. */
export const OVERLAP_MILLIS = 2_000;

export interface LinkOptions {
  /** One for each cell, the preferred one first. */
  readonly urls: readonly string[];
  readonly ports: Ports;
  readonly reconnectWindowMillis: number;
  readonly renewAfterMillis: readonly [number, number];
  /** By the monotonic clock. */
  moment(): number;
  /** For how long a connection may be without a tick. */
  staleAfterMillis(): number;
}

export interface LinkListener {
  /** A connection carries where none did, or another does from now on. */
  up(isChange: boolean): void;
  /** None carries: the one that did was lost, or an attempt failed. */
  down(code: number, reason: string): void;
  textArrived(connection: Connection, text: string, atMillis: number): void;
  /** The server does not want the viewer back. The link has stopped. */
  dismissed(code: number, reason: string): void;
}

export class Link {
  readonly #options: LinkOptions;
  readonly #listener: LinkListener;
  readonly #backoff: Backoff;
  #current: Connection | undefined;
  #next: Connection | undefined;
  #leaving: Connection | undefined;
  #isReplacementDue = false;
  /** Whether the next connection is an attempt to return to the preferred cell. If it fails, the one in use stays. */
  #isReturning = false;
  /** Index of the cell that is dialled next. */
  #cell = 0;
  #returns = 0;
  #retryAtMillis = 0;
  #cancelRetry: (() => void) | undefined;
  #cancelRenewal: (() => void) | undefined;
  #cancelReturn: (() => void) | undefined;
  #cancelProof: (() => void) | undefined;
  #cancelOverlap: (() => void) | undefined;

  constructor(options: LinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#backoff = new Backoff(options.reconnectWindowMillis, () => options.ports.random());
  }

  /** The one that carries. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /** Connects to the preferred cell at once. @throws what the socket's constructor throws */
  start(): void {
    this.#backoff.reset();
    this.#cell = 0;
    this.#dial();
  }

  /** Connects again. When no socket can be made, another attempt follows. */
  resume(): void {
    this.#backoff.reset();
    this.#redial();
  }

  /** Leaves all connections without a word to the listener. */
  stop(code?: number, reason?: string): void {
    for (const connection of [this.#current, this.#next, this.#leaving]) connection?.leave(code, reason);
    this.#dropNext();
    this.#cancelRenewal?.();
    this.#cancelReturn?.();
    this.#cancelOverlap?.();
    this.#current = undefined;
    this.#leaving = undefined;
  }

  /** A tick came on the connection. */
  ticked(connection: Connection): void {
    if (connection === this.#next) this.#change(connection);
    const isStable = this.#options.moment() - connection.openedAtMillis >= STABLE_MILLIS;
    // Ticks of a connection that is due to be replaced say nothing about whether another would be let in.
    if (connection === this.#current && isStable && !this.#isReplacementDue) this.#backoff.reset();
  }

  /** The server says that it will close the connection. */
  noticed(connection: Connection, notice: Closing): void {
    connection.notice = notice;
    if (isFinal(notice.code)) this.#dismiss(notice.code, notice.reason);
    else if (this.#options.urls.length > 1) {
      if (connection === this.#current) {
        this.#isReplacementDue = true;
        this.#isReturning = false;
      }
      // Otherwise the next attempt is at another cell already.
      if (connection.cell === this.#cell) this.#notNext();
    }
  }

  /** Another connection is on its way, or soon will be. */
  get #isTrying(): boolean {
    return (this.#next ?? this.#cancelRetry) !== undefined;
  }

  /** Opens another connection after a while, to the next cell if there are several, to take over if ticks come on that
   *  one. */
  replace(isOtherCell = true): void {
    if (this.#isTrying) return;
    const { length } = this.#options.urls;
    if (isOtherCell) this.#cell = (this.#cell + 1) % length;
    // The cell of the connection in use will close it.
    if (this.#current?.notice && this.#cell === this.#current.cell) this.#cell = (this.#cell + 1) % length;
    this.#retryIn(this.#backoff.nextMillis());
  }

  /** The connection in use turned out to do: no other is wanted, unless for its age. */
  keep(): void {
    if (this.#isReplacementDue || this.#isReturning) return;
    this.#cell = this.#current?.cell ?? 0;
    this.#dropNext();
  }

  /** The connection in use is dead, although nobody said so. */
  giveUp(connection: Connection, reason: string): void {
    connection.leave();
    this.#closed(connection, 1006, reason);
  }

  /** There is news from the network or the person: a long wait for the next attempt ends soon. */
  retrySoon(): void {
    if (this.#cancelRetry === undefined) return;
    const leftMillis = this.#retryAtMillis - this.#options.ports.monotonicMillis();
    this.#retryIn(Math.min(this.#backoff.soonMillis(), Math.max(0, leftMillis)));
  }

  set isOffline(isOffline: boolean) {
    this.#backoff.isOffline = isOffline;
  }

  /** Connects from a timer or an event. An exception of the socket's constructor counts as an attempt that failed. */
  #redial(): void {
    try {
      this.#dial();
    } catch (error) {
      this.#failed(1006, String((error as Error | undefined)?.message ?? error));
    }
  }

  #dial(): void {
    this.#forgetRetry();
    const { urls } = this.#options;
    this.#next = new Connection(this.#cell, urls[this.#cell] ?? '', this.#options.ports, this.#options.moment, {
      opened: (connection) => this.#opened(connection),
      textArrived: (connection, text, atMillis) => this.#listener.textArrived(connection, text, atMillis),
      closed: (connection, code, reason) => this.#closed(connection, code, reason),
    });
  }

  #opened(connection: Connection): void {
    if (this.#current === undefined) {
      this.#carry(connection);
      this.#listener.up(false);
    } else {
      this.#cancelProof = this.#options.ports.setTimer(() => this.#notNext(), this.#options.staleAfterMillis());
    }
  }

  /** The next connection has ticked: it carries from now on, and the old one is listened to a little longer. */
  #change(next: Connection): void {
    const old = this.#current;
    this.#carry(next);
    this.#leaving?.leave();
    this.#leaving = old;
    this.#cancelOverlap?.();
    this.#cancelOverlap = this.#options.ports.setTimer(() => {
      this.#leaving?.leave(1000, 'replaced');
      this.#leaving = undefined;
    }, OVERLAP_MILLIS);
    this.#listener.up(true);
  }

  #carry(connection: Connection): void {
    const { ports, renewAfterMillis } = this.#options;
    const [earliest, latest] = renewAfterMillis;
    this.#cancelProof?.();
    this.#cancelRenewal?.();
    this.#current = connection;
    this.#next = undefined;
    this.#isReplacementDue = false;
    this.#isReturning = false;
    this.#cell = connection.cell;
    this.#returnLater();
    this.#cancelRenewal = ports.setTimer(
      () => {
        this.#isReplacementDue = true;
        if (this.#next === undefined) this.#redial();
      },
      earliest + ports.random() * (latest - earliest),
    );
  }

  #closed(connection: Connection, code: number, reason: string): void {
    if (connection.notice !== undefined) ({ code, reason } = connection.notice);
    if (isFinal(code)) this.#dismiss(code, reason);
    else if (connection === this.#leaving) this.#leaving = undefined;
    else if (connection === this.#current) this.#lost(code, reason);
    else this.#failed(code, reason);
  }

  /** The connection that was to carry next does not. */
  #failed(code: number, reason: string): void {
    this.#notNext();
    if (this.#current === undefined) this.#listener.down(code, reason);
  }

  #dropNext(): void {
    this.#forgetRetry();
    this.#cancelProof?.();
    this.#next?.leave();
    this.#next = undefined;
  }

  #notNext(): void {
    this.#dropNext();
    if (this.#isReturning) {
      this.#isReturning = false;
      this.#cell = this.#current?.cell ?? 0;
      this.#returnLater();
    } else this.replace();
  }

  /** The preferred cell is tried again, while another one is in use. */
  #returnLater(): void {
    this.#cancelReturn?.();
    if (this.#cell === 0) {
      this.#returns = 0;
      return;
    }
    this.#cancelReturn = this.#options.ports.setTimer(
      () => {
        this.#returns++;
        if (this.#isTrying) return this.#returnLater();
        this.#isReturning = true;
        this.#cell = 0;
        this.#redial();
      },
      RETURN_MILLIS * 2 ** Math.min(this.#returns, 5) * (1 + this.#options.ports.random()),
    );
  }

  #lost(code: number, reason: string): void {
    this.#cancelRenewal?.();
    this.#cancelReturn?.();
    this.#isReturning = false;
    this.#current = undefined;
    if (this.#next?.isOpen) {
      this.#carry(this.#next);
      this.#listener.up(true);
    } else {
      // The place it had is free now.
      if (this.#isReplacementDue) {
        this.#backoff.reset();
        this.retrySoon();
      }
      this.replace(code !== GOING_AWAY);
      this.#listener.down(code, reason);
    }
  }

  #dismiss(code: number, reason: string): void {
    this.stop();
    this.#listener.dismissed(code, reason);
  }

  #retryIn(millis: number): void {
    this.#cancelRetry?.();
    this.#retryAtMillis = this.#options.ports.monotonicMillis() + millis;
    this.#cancelRetry = this.#options.ports.setTimer(() => this.#redial(), millis);
  }

  #forgetRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}
