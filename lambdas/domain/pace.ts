// Limits how fast a runner posts to viewers: the posts per second, and the posts in flight. When the gateway
// throttles, the limit of posts in flight is halved. It then grows back evenly (additive increase, multiplicative
// decrease). It grows with time, not with the number of answers, because the token bucket of the gateway also refills
// with time.

/** Time in which the limit grows from 0 to its maximum. */
export const RECOVERY_MILLIS = 5_000;

/** Refusals within this time count as one, because posts that are in flight together are refused together. */
const SAME_REFUSAL_MILLIS = 100;

/** Capacity of the token bucket: the posts that the rate allows in this time. If a wait ends late, the runner sends at
 *  most that many posts at once. */
const MAX_CREDIT_MILLIS = 100;

/** Shortest wait when the rate is used up. A timer for each post would cost more than the post. */
const BATCH_MILLIS = 5;

export interface PaceOptions {
  /** Maximum number of posts in flight, from 1. */
  readonly maxInFlight: number;
  /** Maximum number of posts per second, at least 1. @default - no limit */
  readonly postsPerSecond?: number;
}

export class Pace {
  readonly #maxInFlight: number;
  readonly #postsPerMilli: number;
  #limit: number;
  #limitAtMillis = 0;
  #throttledAtMillis = Number.NEGATIVE_INFINITY;
  /** Number of posts that the rate allows now (tokens of a token bucket). */
  #credit = 0;
  #creditAtMillis = 0;

  constructor({ maxInFlight, postsPerSecond = Number.POSITIVE_INFINITY }: PaceOptions) {
    this.#maxInFlight = maxInFlight;
    this.#limit = maxInFlight;
    this.#postsPerMilli = postsPerSecond / 1000;
  }

  /** @returns how many posts may be in flight now: a whole number from 1 to `maxInFlight` */
  limit(nowMillis: number): number {
    const gained = (Math.max(0, nowMillis - this.#limitAtMillis) / RECOVERY_MILLIS) * this.#maxInFlight;
    this.#limit = Math.min(this.#maxInFlight, this.#limit + gained);
    this.#limitAtMillis = nowMillis;
    return Math.floor(this.#limit);
  }

  /** Halves the limit, because the gateway has throttled a post. */
  slowDown(nowMillis: number): void {
    if (nowMillis - this.#throttledAtMillis < SAME_REFUSAL_MILLIS) return;
    this.#throttledAtMillis = nowMillis;
    this.#limit = Math.max(1, this.limit(nowMillis) / 2);
  }

  /** Uses one token of the token bucket if there is one.
   *  @returns 0 if the post may start now; otherwise the milliseconds to wait before the next attempt */
  take(nowMillis: number): number {
    if (this.#postsPerMilli === Number.POSITIVE_INFINITY) return 0;
    const elapsedMillis = Math.max(0, nowMillis - this.#creditAtMillis);
    const maxCredit = Math.max(1, MAX_CREDIT_MILLIS * this.#postsPerMilli);
    this.#credit = Math.min(maxCredit, this.#credit + elapsedMillis * this.#postsPerMilli);
    this.#creditAtMillis = nowMillis;
    if (this.#credit < 1) return Math.max(BATCH_MILLIS, (1 - this.#credit) / this.#postsPerMilli);
    this.#credit--;
    return 0;
  }
}
