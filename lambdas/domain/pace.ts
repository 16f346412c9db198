// How fast a runner may post: a rate, and a number of posts in flight. The number is halved when the gateway throttles and
// recovers with time (additive increase, multiplicative decrease). The gateway's bucket refills by time, so the recovery follows
// time and not the number of answers.

/** From nothing to the most in flight. */
export const RECOVERY_MILLIS = 5_000;

/** Posts that were in flight together are refused together: they count as one refusal. */
const SAME_REFUSAL_MILLIS = 100;

/** A runner that falls behind its rate may catch up on this much time: timers are late, and a thread may be busy. */
const MAX_CREDIT_MILLIS = 100;

/** Shortest wait when the rate is used up: a timer for each post would cost more than the post. */
const BATCH_MILLIS = 5;

export interface PaceOptions {
  /** From 1. */
  readonly maxInFlight: number;
  /** From 1. @default - any rate */
  readonly postsPerSecond?: number;
}

export class Pace {
  readonly #maxInFlight: number;
  readonly #postsPerMilli: number;
  #limit: number;
  #limitAtMillis = 0;
  #throttledAtMillis = Number.NEGATIVE_INFINITY;
  /** Posts that may be made at once. */
  #credit = 0;
  #creditAtMillis = 0;

  constructor({ maxInFlight, postsPerSecond = Number.POSITIVE_INFINITY }: PaceOptions) {
    this.#maxInFlight = maxInFlight;
    this.#limit = maxInFlight;
    this.#postsPerMilli = postsPerSecond / 1000;
  }

  /** @returns posts that may be in flight now: a whole number from 1 to the most */
  limit(nowMillis: number): number {
    const gained = (Math.max(0, nowMillis - this.#limitAtMillis) / RECOVERY_MILLIS) * this.#maxInFlight;
    this.#limit = Math.min(this.#maxInFlight, this.#limit + gained);
    this.#limitAtMillis = nowMillis;
    return Math.floor(this.#limit);
  }

  /** The gateway has refused a post because there were too many. */
  slowDown(nowMillis: number): void {
    if (nowMillis - this.#throttledAtMillis < SAME_REFUSAL_MILLIS) return;
    this.#throttledAtMillis = nowMillis;
    this.#limit = Math.max(1, this.limit(nowMillis) / 2);
  }

  /** Takes one post of the rate.
   *  @returns 0 when the post may be made now; otherwise the milliseconds until the rate allows more, and nothing is taken */
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
