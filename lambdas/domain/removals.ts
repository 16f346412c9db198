// Removes the rows of connections that the gateway answers with 410. Does it between two ticks, when no posts are in
// flight.

import { type Connection, SETTLING_MILLIS } from './connection.ts';
import { eachConcurrently } from './each.ts';
import type { Clock, ConnectionStore, Log } from './ports.ts';

/** Maximum number of removals in flight. */
const CONCURRENCY = 8;

export interface RemovalPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly log: Log;
}

export class Removals {
  readonly #ports: RemovalPorts;
  /** Ids of the connections whose rows are still to be removed. */
  readonly #pending = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(ports: RemovalPorts) {
    this.#ports = ports;
  }

  /** Adds connections to the pending removals, except young ones: the gateway answers 410 until `$connect` has
   *  returned.
   *  @param gone connections that the gateway answered with 410
   *  @returns the connections that will be removed */
  add(gone: readonly Connection[]): readonly Connection[] {
    const settledBeforeMillis = this.#ports.clock.now() - SETTLING_MILLIS;
    const settled = gone.filter(({ connectedAtMillis }) => connectedAtMillis < settledBeforeMillis);
    for (const { connectionId } of settled) this.#pending.add(connectionId);
    return settled;
  }

  /** Removes pending rows, or continues to do so. Never rejects: a row that cannot be removed is in the next roster
   *  again, or expires.
   *  @param untilMillis Unix time in milliseconds; no removal starts after it. Ignored while removals run. */
  run(untilMillis: number): Promise<void> {
    this.#running ??= this.#removePending(untilMillis).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #removePending(untilMillis: number): Promise<void> {
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
    if (removed > 0)
      log.info('removed the rows of connections that are gone', { removed, waiting: this.#pending.size });
  }

  *#takeUntil(untilMillis: number): Generator<string> {
    for (const connectionId of this.#pending) {
      if (this.#ports.clock.now() >= untilMillis) return;
      this.#pending.delete(connectionId);
      yield connectionId;
    }
  }
}
