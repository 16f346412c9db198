// How many posts may be in flight: a configured ceiling, halved when the gateway throttles and regained with time
// (additive increase, multiplicative decrease). The gateway's bucket refills by time, so the regaining follows time and
// not the number of answers.

/** From nothing to the ceiling. */
export const RECOVERY_MILLIS = 5_000;

/** Posts that were in flight together are refused together: they count as one refusal. */
const SAME_REFUSAL_MILLIS = 100;

export class Pace {
  /** The limit is never above it. */
  readonly ceiling: number;
  #limit: number;
  #atMillis = 0;
  #throttledAtMillis = Number.NEGATIVE_INFINITY;

  /** @param ceiling posts in flight at most, from 1 */
  constructor(ceiling: number) {
    this.ceiling = ceiling;
    this.#limit = ceiling;
  }

  /** @returns posts that may be in flight now: a whole number from 1 to {@link ceiling} */
  limit(nowMillis: number): number {
    const gained = (Math.max(0, nowMillis - this.#atMillis) / RECOVERY_MILLIS) * this.ceiling;
    this.#limit = Math.min(this.ceiling, this.#limit + gained);
    this.#atMillis = nowMillis;
    return Math.floor(this.#limit);
  }

  /** The gateway has refused a post because there were too many. */
  slowDown(nowMillis: number): void {
    if (nowMillis - this.#throttledAtMillis < SAME_REFUSAL_MILLIS) return;
    this.#throttledAtMillis = nowMillis;
    this.#limit = Math.max(1, this.limit(nowMillis) / 2);
  }
}
