// Delivers one tick to every connection: as fast and with as many posts in flight as the pace allows, each copy stamped when it is
// sent, nothing sent late, nothing sent again.

import { tickFormatter } from '../../protocol/messages.ts';
import { boundaryMillis } from '../../protocol/tick.ts';
import type { Connection } from './connection.ts';
import { Histogram } from './histogram.ts';
import { type FanOutReport, NO_POSTS, type PostOutcome } from './outcomes.ts';
import type { Pace } from './pace.ts';
import { type Clock, type Poster, STEP_MILLIS } from './ports.ts';

/** The age of a copy that nobody got: beyond what a histogram tells apart. */
const NEVER = Number.POSITIVE_INFINITY;

export interface FanOut {
  readonly sequence: number;
  readonly intervalMillis: number;
  /** In the order of their turns. */
  readonly connections: readonly Connection[];
  /** Epoch; a tick is worthless once the next one is due, so no post starts or lasts beyond this. */
  readonly deadlineMillis: number;
  /** Bounds the rate and the posts in flight, and slows down when the gateway throttles. */
  readonly pace: Pace;
}

export interface FanOutPorts {
  readonly clock: Clock;
  readonly poster: Poster;
}

export interface FanOutResult {
  readonly report: FanOutReport;
  /** Those that the gateway no longer knows. */
  readonly gone: readonly Connection[];
  /** Those that did not answer in time: ids. */
  readonly silent: ReadonlySet<string>;
  /** From the boundary until each copy left. */
  readonly sendDelays: Histogram;
  /** From the boundary until the gateway had taken each copy, but for those who are gone. A copy that it has not taken is older than
   *  any. */
  readonly ages: Histogram;
  /** Epoch. */
  readonly startedMillis: number;
  readonly endedMillis: number;
}

/** Posts the tick to each connection once, without retries: a viewer who was refused gets the next tick instead. One
 *  viewer never delays or fails another.
 *  @returns by the deadline; never rejects */
export function fanOut(tick: FanOut, { clock, poster }: FanOutPorts): Promise<FanOutResult> {
  const { connections, deadlineMillis, pace } = tick;
  const { promise, resolve } = Promise.withResolvers<FanOutResult>();
  const boundary = boundaryMillis(tick.sequence, tick.intervalMillis);
  const format = tickFormatter(tick.sequence, tick.intervalMillis);
  const report: FanOutReport = { ...NO_POSTS };
  const gone: Connection[] = [];
  const silent = new Set<string>();
  const sendDelays = new Histogram();
  const ages = new Histogram();
  const startedMillis = clock.now();
  const startedMonotonicMillis = clock.monotonicMillis();
  let turns = 0;
  let inFlight = 0;
  let isPausing = false;

  function pump(): void {
    while (turns < connections.length) {
      const now = clock.now();
      if (now >= deadlineMillis || isClockSet(now)) {
        const shed = connections.length - turns;
        report.shed += shed;
        ages.add(NEVER, shed);
        turns = connections.length;
        break;
      }
      // An answer goes on with the next turn.
      if (inFlight >= pace.limit(now)) return;
      const waitMillis = pace.take(now);
      if (waitMillis > 0) {
        pause(now + waitMillis);
        return;
      }
      const connection = connections[turns++];
      if (connection !== undefined) post(connection, now);
    }
    if (inFlight === 0) resolve({ report, gone, silent, sendDelays, ages, startedMillis, endedMillis: clock.now() });
  }

  /** No copy may leave with a time that is wrong. */
  function isClockSet(now: number): boolean {
    const elapsedMillis = clock.monotonicMillis() - startedMonotonicMillis;
    return Math.abs(now - startedMillis - elapsedMillis) > STEP_MILLIS;
  }

  function pause(untilMillis: number): void {
    if (isPausing) return;
    isPausing = true;
    clock.sleepUntil(Math.min(untilMillis, deadlineMillis)).then(() => {
      isPausing = false;
      pump();
    });
  }

  function post(connection: Connection, now: number): void {
    inFlight++;
    sendDelays.add(now - boundary);
    const answered = (outcome: PostOutcome) => {
      inFlight--;
      report[outcome]++;
      if (outcome === 'gone') gone.push(connection);
      else ages.add(outcome === 'delivered' ? clock.now() - boundary : NEVER);
      if (outcome === 'timedOut') silent.add(connection.connectionId);
      if (outcome === 'throttled') pace.slowDown(clock.now());
      pump();
    };
    // A post must not reject. If it does, only that post fails.
    poster.post(connection.connectionId, format(now), deadlineMillis).then(answered, () => answered('failed'));
  }

  pump();
  return promise;
}

/** The order of a tick: those that were silent come last, where they hold up nobody, and the others begin with another one
 *  each tick, far from the last, so that it is not always the same who get nothing when time runs out. */
export function inTurn(
  connections: readonly Connection[],
  sequence: number,
  silent: ReadonlySet<string>,
): Connection[] {
  const goldenRatio = 0.618_033_988_749_895;
  const first = Math.floor(((sequence * goldenRatio) % 1) * connections.length);
  const rotated = [...connections.slice(first), ...connections.slice(0, first)];
  if (silent.size === 0) return rotated;
  const isSilent = ({ connectionId }: Connection) => silent.has(connectionId);
  return [...rotated.filter((connection) => !isSilent(connection)), ...rotated.filter(isSilent)];
}
