// Posts one tick to every connection of a list. A copy is the tick as it is posted to one connection; it contains the
// time at which it is sent. The pace limits the posts per second and the posts in flight. No post starts after the
// deadline, and no post is retried.

import { tickFormatter } from '../../protocol/messages.ts';
import { boundaryMillis } from '../../protocol/tick.ts';
import type { Connection } from './connection.ts';
import { Histogram } from './histogram.ts';
import { type FanOutReport, NO_POSTS, type PostOutcome } from './outcomes.ts';
import type { Pace } from './pace.ts';
import { type Clock, type Poster, STEP_MILLIS } from './ports.ts';

/** The age of a copy that was not delivered. A histogram counts it as its longest duration. */
const NEVER = Number.POSITIVE_INFINITY;

export interface FanOut {
  readonly sequence: number;
  readonly intervalMillis: number;
  /** In the order in which the posts start. */
  readonly connections: readonly Connection[];
  /** Unix time in milliseconds. No post starts after it, and all posts end by it, because the next tick is due soon. */
  readonly deadlineMillis: number;
  /** Limits the rate and the posts in flight, and slows down when the gateway throttles. */
  readonly pace: Pace;
}

export interface FanOutPorts {
  readonly clock: Clock;
  readonly poster: Poster;
}

export interface FanOutResult {
  readonly report: FanOutReport;
  /** Connections that the gateway does not know: it answered 410. */
  readonly gone: readonly Connection[];
  /** Ids of the connections whose posts timed out. */
  readonly timedOutIds: ReadonlySet<string>;
  /** Milliseconds from the boundary to the start of each post. */
  readonly sendDelays: Histogram;
  /** Milliseconds from the boundary to the gateway's answer, for each copy except those of `gone` connections. A copy
   *  that was not delivered counts as the longest duration. */
  readonly ages: Histogram;
  /** Unix time in milliseconds. */
  readonly startedMillis: number;
  /** Unix time in milliseconds. */
  readonly endedMillis: number;
}

/** Posts the tick to each connection at most once, without retries. A viewer whose post fails gets the next tick
 *  instead. A slow or failed post does not make other posts fail. Resolves by the deadline and never rejects. */
export function fanOut(tick: FanOut, { clock, poster }: FanOutPorts): Promise<FanOutResult> {
  const { connections, deadlineMillis, pace } = tick;
  const { promise, resolve } = Promise.withResolvers<FanOutResult>();
  const boundary = boundaryMillis(tick.sequence, tick.intervalMillis);
  const format = tickFormatter(tick.sequence, tick.intervalMillis);
  const report: FanOutReport = { ...NO_POSTS };
  const gone: Connection[] = [];
  const timedOutIds = new Set<string>();
  const sendDelays = new Histogram();
  const ages = new Histogram();
  const startedMillis = clock.now();
  const startedMonotonicMillis = clock.monotonicMillis();
  let started = 0;
  let inFlight = 0;
  let isPausing = false;

  function startPosts(): void {
    while (started < connections.length) {
      const now = clock.now();
      if (now >= deadlineMillis || isClockSet(now)) {
        const shed = connections.length - started;
        report.shed += shed;
        ages.add(NEVER, shed);
        started = connections.length;
        break;
      }
      // The next answer calls this function again.
      if (inFlight >= pace.limit(now)) return;
      const waitMillis = pace.take(now);
      if (waitMillis > 0) {
        pause(now + waitMillis);
        return;
      }
      const connection = connections[started++];
      if (connection !== undefined) post(connection, now);
    }
    if (inFlight === 0) {
      resolve({ report, gone, timedOutIds, sendDelays, ages, startedMillis, endedMillis: clock.now() });
    }
  }

  /** Returns whether the clock was set during this fan-out. A copy sent after that could contain a wrong time. */
  function isClockSet(now: number): boolean {
    const elapsedMillis = clock.monotonicMillis() - startedMonotonicMillis;
    return Math.abs(now - startedMillis - elapsedMillis) > STEP_MILLIS;
  }

  function pause(untilMillis: number): void {
    if (isPausing) return;
    isPausing = true;
    clock.sleepUntil(Math.min(untilMillis, deadlineMillis)).then(() => {
      isPausing = false;
      startPosts();
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
      if (outcome === 'timedOut') timedOutIds.add(connection.connectionId);
      if (outcome === 'throttled') pace.slowDown(clock.now());
      startPosts();
    };
    // By contract a post never rejects. If it does nevertheless, only this post counts as failed.
    poster.post(connection.connectionId, format(now), deadlineMillis).then(answered, () => answered('failed'));
  }

  startPosts();
  return promise;
}

/** Returns the order in which the copies of a tick are posted. Each tick starts at another place in the list, far
 *  from the previous one, so that the deadline does not always exclude the same viewers. Connections whose last post
 *  timed out come last, so that they do not delay others.
 *  @param timedOutIds ids of the connections whose last post timed out */
export function sendOrder(
  connections: readonly Connection[],
  sequence: number,
  timedOutIds: ReadonlySet<string>,
): Connection[] {
  const goldenRatio = 0.618_033_988_749_895;
  const first = Math.floor(((sequence * goldenRatio) % 1) * connections.length);
  const rotated = [...connections.slice(first), ...connections.slice(0, first)];
  if (timedOutIds.size === 0) return rotated;
  const hasTimedOut = ({ connectionId }: Connection) => timedOutIds.has(connectionId);
  return [...rotated.filter((connection) => !hasTimedOut(connection)), ...rotated.filter(hasTimedOut)];
}
