// Measures what a runner does. The measurements are recorded as metrics once a minute and when the run ends.

import type { FanOutResult } from './fan-out.ts';
import { Histogram } from './histogram.ts';
import { addCounts, countOf, type FanOutReport, NO_POSTS } from './outcomes.ts';
import type { Measurements } from './ports.ts';

/** Time between two records of the measurements. */
export const MEASUREMENT_PERIOD_MILLIS = 60_000;

interface Counts {
  sent: number;
  missed: number;
  claimsLost: number;
  posts: FanOutReport;
}

const NOTHING: Readonly<Counts> = { sent: 0, missed: 0, claimsLost: 0, posts: NO_POSTS };

export class Meter {
  /** Counts of the whole run. */
  readonly total: Counts = { ...NOTHING };
  /** The counts at the last {@link take}. */
  #taken: Readonly<Counts> = NOTHING;
  #viewers = 0;
  #sendDelays = new Histogram();
  #ages = new Histogram();
  #busyMillis = 0;

  addFanOut({ report, sendDelays, ages, startedMillis, endedMillis }: FanOutResult): void {
    this.#viewers = countOf(report);
    this.total.posts = addCounts(this.total.posts, report, 1);
    this.#sendDelays.merge(sendDelays);
    this.#ages.merge(ages);
    this.#busyMillis += endedMillis - startedMillis;
  }

  /** Returns the measurements since the last call. Undefined if there were no ticks and no lost claims. */
  take(): Measurements | undefined {
    const { total } = this;
    const before = this.#taken;
    this.#taken = { ...total };
    const ticksSent = total.sent - before.sent;
    const ticksMissed = total.missed - before.missed;
    const claimsLost = total.claimsLost - before.claimsLost;
    if (ticksSent + ticksMissed + claimsLost === 0) return undefined;

    const posts = addCounts(total.posts, before.posts, -1);
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
