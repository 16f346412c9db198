// Keeps one connection in use. It connects, reconnects with jitter, and replaces a connection before the gateway closes
// it: it opens the next connection first, and closes the old one when ticks arrive on the next one
// (make-before-break). If there are several cells, it prefers the first, and changes between cells in the same way.
//
//   current   in use                   |----------- A -----------|
//   next      opening, without ticks            dials B . . . B |------- B ------
//   leaving   messages still count                   B's first tick |-- A --|

import type { Closing } from '../../../protocol/messages.ts';
import { Backoff } from './backoff.ts';
import { isFinal } from './close-arguments.ts';
import { Connection } from './connection.ts';
import type { Ports } from './ports.ts';

/** A connection that had ticks and lasted this long resets the backoff. */
export const STABLE_MILLIS = 10_000;

/** While another cell is in use, the client tries to return to the preferred one after a random delay from this to
 *  twice this. The delay doubles with each failed attempt, at most five times. */
const RETURN_MILLIS = 60_000;

/** Close code of the gateway for a connection that is too old or idle. The gateway sends no notice. */
const GOING_AWAY = 1001;

/** Time for which the old connection stays open after a change. The server sends no tick later than 900 ms after its
 *  boundary. */
export const OVERLAP_MILLIS = 2_000;

export interface LinkOptions {
  /** The URL of each cell, the preferred one first. */
  readonly urls: readonly string[];
  readonly ports: Ports;
  readonly reconnectWindowMillis: number;
  readonly renewAfterMillis: readonly [number, number];
  /** Time of the monotonic clock. */
  moment(): number;
  /** Returns how long a connection may be without a tick. */
  staleAfterMillis(): number;
}

export interface LinkListener {
  /** A connection is in use. @param isChange whether it replaced another one */
  up(isChange: boolean): void;
  /** No connection is in use: it was lost, or an attempt failed. */
  down(code: number, reason: string): void;
  textArrived(connection: Connection, text: string, atMillis: number): void;
  /** The server has told the viewer not to reconnect. The link has stopped. */
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
  /** Index of the cell for the next attempt. */
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

  /** The connection in use. */
  get current(): Connection | undefined {
    return this.#current;
  }

  /** Connects to the preferred cell immediately. @throws Error of the WebSocket constructor */
  start(): void {
    this.#backoff.reset();
    this.#cell = 0;
    this.#dial();
  }

  /** Connects again. If no WebSocket can be created, another attempt follows. */
  resume(): void {
    this.#backoff.reset();
    this.#redial();
  }

  /** Closes all connections without an event. */
  stop(code?: number, reason?: string): void {
    for (const connection of [this.#current, this.#next, this.#leaving]) connection?.leave(code, reason);
    this.#dropNext();
    this.#cancelRenewal?.();
    this.#cancelReturn?.();
    this.#cancelOverlap?.();
    this.#current = undefined;
    this.#leaving = undefined;
  }

  /** Records that a tick has arrived on the connection. */
  ticked(connection: Connection): void {
    if (connection === this.#next) this.#change(connection);
    const isStable = this.#options.moment() - connection.openedAtMillis >= STABLE_MILLIS;
    // If the connection is due to be replaced, its ticks do not show that a new one would be admitted.
    if (connection === this.#current && isStable && !this.#isReplacementDue) this.#backoff.reset();
  }

  /** Handles the server's notice that it will close the connection. */
  noticed(connection: Connection, notice: Closing): void {
    connection.notice = notice;
    if (isFinal(notice.code)) this.#dismiss(notice.code, notice.reason);
    else if (this.#options.urls.length > 1) {
      if (connection === this.#current) {
        this.#isReplacementDue = true;
        this.#isReturning = false;
      }
      // Otherwise the next attempt already goes to another cell.
      if (connection.cell === this.#cell) this.#nextFailed();
    }
  }

  /** True if another connection is opening or planned. */
  get #isTrying(): boolean {
    return (this.#next ?? this.#cancelRetry) !== undefined;
  }

  /** Opens another connection after a delay, to the next cell if there are several. It takes over when ticks arrive on
   *  it. */
  replace(isOtherCell = true): void {
    if (this.#isTrying) return;
    const { length } = this.#options.urls;
    if (isOtherCell) this.#cell = (this.#cell + 1) % length;
    // The cell will close the connection in use.
    if (this.#current?.notice && this.#cell === this.#current.cell) this.#cell = (this.#cell + 1) % length;
    this.#retryIn(this.#backoff.nextMillis());
  }

  /** Keeps the connection in use, because ticks arrive again: cancels an attempt to replace it, unless it is too
   *  old. */
  keep(): void {
    if (this.#isReplacementDue || this.#isReturning) return;
    this.#cell = this.#current?.cell ?? 0;
    this.#dropNext();
  }

  /** Drops the connection in use, which is dead without a close event. */
  giveUp(connection: Connection, reason: string): void {
    connection.leave();
    this.#closed(connection, 1006, reason);
  }

  /** Shortens a long delay before the next attempt, because the network or the user has become active. */
  retrySoon(): void {
    if (this.#cancelRetry === undefined) return;
    const leftMillis = this.#retryAtMillis - this.#options.ports.monotonicMillis();
    this.#retryIn(Math.min(this.#backoff.soonMillis(), Math.max(0, leftMillis)));
  }

  set isOffline(isOffline: boolean) {
    this.#backoff.isOffline = isOffline;
  }

  /** Connects from a timer or an event. An exception of the WebSocket constructor counts as a failed attempt. */
  #redial(): void {
    try {
      this.#dial();
    } catch (error) {
      this.#failed(1006, String((error as Error | undefined)?.message ?? error));
    }
  }

  #dial(): void {
    this.#dropRetry();
    const { urls } = this.#options;
    this.#next = new Connection(this.#cell, urls[this.#cell] ?? '', this.#options.ports, this.#options.moment, {
      opened: (connection) => this.#opened(connection),
      textArrived: (connection, text, atMillis) => this.#listener.textArrived(connection, text, atMillis),
      closed: (connection, code, reason) => this.#closed(connection, code, reason),
    });
  }

  #opened(connection: Connection): void {
    if (this.#current === undefined) {
      this.#use(connection);
      this.#listener.up(false);
    } else {
      this.#cancelProof = this.#options.ports.setTimer(() => this.#nextFailed(), this.#options.staleAfterMillis());
    }
  }

  /** Changes to the next connection, after its first tick. The old one stays open a little longer. */
  #change(next: Connection): void {
    const old = this.#current;
    this.#use(next);
    this.#leaving?.leave();
    this.#leaving = old;
    this.#cancelOverlap?.();
    this.#cancelOverlap = this.#options.ports.setTimer(() => {
      this.#leaving?.leave(1000, 'replaced');
      this.#leaving = undefined;
    }, OVERLAP_MILLIS);
    this.#listener.up(true);
  }

  #use(connection: Connection): void {
    const { ports, renewAfterMillis } = this.#options;
    const [earliest, latest] = renewAfterMillis;
    this.#cancelProof?.();
    this.#cancelRenewal?.();
    this.#current = connection;
    this.#next = undefined;
    this.#isReplacementDue = false;
    this.#isReturning = false;
    this.#cell = connection.cell;
    this.#planReturn();
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

  /** Handles the failure of the next connection. */
  #failed(code: number, reason: string): void {
    this.#nextFailed();
    if (this.#current === undefined) this.#listener.down(code, reason);
  }

  #dropNext(): void {
    this.#dropRetry();
    this.#cancelProof?.();
    this.#next?.leave();
    this.#next = undefined;
  }

  #nextFailed(): void {
    this.#dropNext();
    if (this.#isReturning) {
      this.#isReturning = false;
      this.#cell = this.#current?.cell ?? 0;
      this.#planReturn();
    } else this.replace();
  }

  /** Plans an attempt to return to the preferred cell while another one is in use. */
  #planReturn(): void {
    this.#cancelReturn?.();
    if (this.#cell === 0) {
      this.#returns = 0;
      return;
    }
    this.#cancelReturn = this.#options.ports.setTimer(
      () => {
        this.#returns++;
        if (this.#isTrying) return this.#planReturn();
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
      this.#use(this.#next);
      this.#listener.up(true);
    } else {
      // Its place on the server is free now.
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

  #dropRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
  }
}
