// Removes the rows of connections that the gateway no longer knows, in the time that the posts leave over: some at a
// time, between two ticks, each row at most once.

import { type Connection, SETTLING_MILLIS } from './connection.ts';
import { eachConcurrently } from './each.ts';
import type { Clock, ConnectionStore, Log } from './ports.ts';

/** Removals at a time. */
const CONCURRENCY = 8;

export interface RemovalPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly log: Log;
}

export class Removals {
  readonly #ports: RemovalPorts;
  /** All that are gone, removed or not yet; they get no posts any more. */
  #gone = new Set<string>();
  readonly #waiting: string[] = [];
  #isWorking = false;

  constructor(ports: RemovalPorts) {
    this.#ports = ports;
  }

  has(connectionId: string): boolean {
    return this.#gone.has(connectionId);
  }

  /** Young connections are left alone: the gateway answers 410 until `$connect` has finished. */
  add(gone: readonly Connection[]): void {
    const settledBeforeMillis = this.#ports.clock.now() - SETTLING_MILLIS;
    for (const { connectionId, connectedAtMillis } of gone) {
      if (connectedAtMillis >= settledBeforeMillis || this.#gone.has(connectionId)) continue;
      this.#gone.add(connectionId);
      this.#waiting.push(connectionId);
    }
  }

  /** Forgets those that the roster no longer has. */
  keepOnly(roster: readonly Connection[]): void {
    if (this.#gone.size === 0) return;
    const listed = new Set(roster.map(({ connectionId }) => connectionId));
    this.#gone = this.#gone.intersection(listed);
  }

  /** Works off what is waiting, and begins nothing after the moment. Never rejects: a row that cannot be removed is left
   *  to the next runner, or to its time-to-live. */
  async work(untilMillis: number): Promise<void> {
    if (this.#waiting.length === 0 || this.#isWorking) return;
    this.#isWorking = true;
    const { clock, connections, log } = this.#ports;
    const settledBeforeMillis = clock.now() - SETTLING_MILLIS;
    let removed = 0;
    await eachConcurrently(this.#takeUntil(untilMillis), CONCURRENCY, async (connectionId) => {
      try {
        await connections.removeOld(connectionId, settledBeforeMillis);
        removed++;
      } catch (error) {
        log.warn('could not remove the row of a connection that is gone', { connectionId, error });
      }
    });
    this.#isWorking = false;
    if (removed > 0)
      log.info('removed the rows of connections that are gone', { removed, waiting: this.#waiting.length });
  }

  *#takeUntil(untilMillis: number): Generator<string> {
    while (this.#ports.clock.now() < untilMillis) {
      const connectionId = this.#waiting.pop();
      if (connectionId === undefined) return;
      yield connectionId;
    }
  }
}
