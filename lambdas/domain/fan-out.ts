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

/** Posts the tick to each connection once, without retries. One viewer never delays or fails another. Rows of gone
 *  connections are removed, except young ones ({@link SETTLING_MILLIS}), without anybody waiting for it.
 *  @returns by the deadline */
export async function fanOut(tick: FanOut, ports: FanOutPorts): Promise<FanOutReport> {
  const { clock, poster } = ports;
  const format = tickFormatter(tick.sequence, tick.intervalMillis);
  const report: FanOutReport = { delivered: 0, gone: 0, throttled: 0, timedOut: 0, failed: 0, shed: 0 };
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
      if (outcome === 'gone') forget(connection, now, ports);
    }
  }

  await Promise.all(Array.from({ length: Math.min(tick.poolSize, tick.connections.length) }, worker));
  return report;
}

function forget(connection: Connection, nowMillis: number, { connections, log }: FanOutPorts): void {
  if (nowMillis - connection.connectedAtMillis < SETTLING_MILLIS) return;
  const { connectionId } = connection;
  log.info('forgot a connection that is gone', { connectionId });
  connections.remove(connectionId).catch((error) => log.warn('could not remove a row', { connectionId, error }));
}
