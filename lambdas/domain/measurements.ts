// What a runner counts and times, taken once a minute for the metrics and once more in the end.

import type { FanOutReport, FanOutResult } from './fan-out.ts';
import { Histogram } from './histogram.ts';

/** How often a runner hands its measurements over. */
export const MEASUREMENT_PERIOD_MILLIS = 60_000;

/** All counts are since the last measurements. */
export interface Measurements {
  /** Connections in the last roster. */
  readonly viewers: number;
  /** Less those that nobody got. */
  readonly ticksSent: number;
  /** Ticks that nobody got: not claimed, claimed but not sent, or sent and not one copy arrived although viewers were there. */
  readonly ticksMissed: number;
  /** Claims of a boundary that another runner had claimed: each one a tick that would have gone out twice. */
  readonly claimsLost: number;
  readonly posts: FanOutReport;
  /** From the boundary until a copy left, over all copies. */
  readonly sendDelayP50Millis: number;
  readonly sendDelayP99Millis: number;
  /** From the boundary until the gateway had taken a copy, over all copies for those who are not gone. A copy that it has not taken
   *  counts as {@link LONGEST_MILLIS}, which is more than a second. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Posts a second while a fan-out was under way. */
  readonly postsPerSecond: number;
}

export const NO_POSTS: FanOutReport = {
  delivered: 0,
  gone: 0,
  throttled: 0,
  forbidden: 0,
  tooLarge: 0,
  serverError: 0,
  timedOut: 0,
  reset: 0,
  failed: 0,
  shed: 0,
};

/** What a {@link Meter} counts up. */
interface Counts {
  sent: number;
  missed: number;
  claimsLost: number;
  posts: FanOutReport;
}

const NOTHING: Readonly<Counts> = { sent: 0, missed: 0, claimsLost: 0, posts: NO_POSTS };

export class Meter {
  /** Of the whole run. */
  readonly total: Counts = { ...NOTHING };
  #taken: Readonly<Counts> = NOTHING;
  #viewers = 0;
  #sendDelays = new Histogram();
  #ages = new Histogram();
  #busyMillis = 0;

  fannedOut({ report, sendDelays, ages, startedMillis, endedMillis }: FanOutResult): void {
    this.#viewers = countOf(report);
    this.total.posts = sumOf(this.total.posts, report, 1);
    this.#sendDelays.merge(sendDelays);
    this.#ages.merge(ages);
    this.#busyMillis += endedMillis - startedMillis;
  }

  /** @returns what was measured since the last time; undefined when that is nothing, as for a runner that only stood by */
  take(): Measurements | undefined {
    const { total } = this;
    const before = this.#taken;
    this.#taken = { ...total };
    const ticksSent = total.sent - before.sent;
    const ticksMissed = total.missed - before.missed;
    const claimsLost = total.claimsLost - before.claimsLost;
    if (ticksSent + ticksMissed + claimsLost === 0) return undefined;

    const posts = sumOf(total.posts, before.posts, -1);
    const posted = countOf(posts) - posts.shed;
    const measurements = {
      viewers: this.#viewers,
      ticksSent,
      ticksMissed,
      claimsLost,
      posts,
      sendDelayP50Millis: this.#sendDelays.quantile(0.5),
      sendDelayP99Millis: this.#sendDelays.quantile(0.99),
      ageP50Millis: this.#ages.quantile(0.5),
      ageP99Millis: this.#ages.quantile(0.99),
      postsPerSecond: Math.round((posted / Math.max(1, this.#busyMillis)) * 1000),
    };
    [this.#sendDelays, this.#ages, this.#busyMillis] = [new Histogram(), new Histogram(), 0];
    return measurements;
  }
}

function countOf(report: FanOutReport): number {
  return Object.values(report).reduce((sum, count) => sum + count, 0);
}

/** `a + sign * b`, outcome by outcome. */
function sumOf(a: FanOutReport, b: FanOutReport, sign: 1 | -1): FanOutReport {
  const sum = { ...a };
  for (const outcome of Object.keys(b) as (keyof FanOutReport)[]) sum[outcome] += sign * b[outcome];
  return sum;
}
