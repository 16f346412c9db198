// Delivers one tick to every connection: a bounded pool, each copy stamped when it is sent, nothing sent late.

import { tickFormatter } from '../protocol.ts';
import { type Connection, SETTLING_MILLIS } from './connection.ts';
import type { Clock, ConnectionStore, Log, Poster, PostOutcome } from './ports.ts';

/** How many connections had each outcome. `shed`: the deadline passed before their turn came. */
export type FanOutReport = Record<PostOutcome | 'shed', number>;

export interface FanOut {
  readonly sequence: number;
  readonly intervalMillis: number;
  readonly connections: readonly Connection[];
  /** Epoch; a tick is worthless once the next one is due, so no post starts or lasts beyond this. */
  readonly deadlineMillis: number;
  /** How many posts are in flight at most. */
  readonly poolSize: number;
}

export interface FanOutPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly poster: Poster;
  readonly log: Log;
}

export interface FanOutResult {
  readonly report: FanOutReport;
  /** Resolves when the rows of gone connections have been removed, or could not be; no post waits for it. */
  readonly removals: Promise<unknown>;
}

/** Posts the tick to each connection once, without retries. One viewer never delays or fails another. The rows of gone
 *  connections are removed, except young ones ({@link SETTLING_MILLIS}).
 *  @returns by the deadline */
export async function fanOut(tick: FanOut, ports: FanOutPorts): Promise<FanOutResult> {
  const { clock, poster } = ports;
  const format = tickFormatter(tick.sequence, tick.intervalMillis);
  const report: FanOutReport = { delivered: 0, gone: 0, throttled: 0, timedOut: 0, failed: 0, shed: 0 };
  const removals: Promise<void>[] = [];
  let next = 0;

  async function worker(): Promise<void> {
    for (let connection = tick.connections[next++]; connection !== undefined; connection = tick.connections[next++]) {
      const now = clock.now();
      if (now >= tick.deadlineMillis) {
        report.shed++;
        continue;
      }
      const outcome = await poster.post(connection.connectionId, format(now), tick.deadlineMillis);
      report[outcome]++;
      if (outcome === 'gone') removals.push(forget(connection, now, ports));
    }
  }

  await Promise.all(Array.from({ length: Math.min(tick.poolSize, tick.connections.length) }, worker));
  return { report, removals: Promise.all(removals) };
}

async function forget(connection: Connection, nowMillis: number, { connections, log }: FanOutPorts): Promise<void> {
  if (nowMillis - connection.connectedAtMillis < SETTLING_MILLIS) return;
  const { connectionId } = connection;
  try {
    await connections.remove(connectionId);
    log.info('forgot a connection that is gone', { connectionId });
  } catch (error) {
    log.warn('could not remove the row of a connection that is gone', { connectionId, error });
  }
}
