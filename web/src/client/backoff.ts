// Delays between attempts to connect: exponential backoff with full jitter. Each delay is random within a window that
// doubles, so that clients that were disconnected together reconnect at different times.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

/** Maximum length of the window. */
export const MAX_WINDOW_MILLIS = 30_000;

export class Backoff {
  readonly #firstWindowMillis: number;
  readonly #random: () => number;
  #attempts = 0;
  /** True if the window has reached its maximum length. */
  isOffline = false;

  constructor(firstWindowMillis: number, random: () => number) {
    this.#firstWindowMillis = firstWindowMillis;
    this.#random = random;
  }

  /** Returns the delay before the next attempt, in milliseconds. */
  nextMillis(): number {
    const window = this.isOffline ? MAX_WINDOW_MILLIS : this.#firstWindowMillis * 2 ** this.#attempts;
    this.#attempts++;
    return this.#random() * Math.min(window, Math.max(MAX_WINDOW_MILLIS, this.#firstWindowMillis));
  }

  /** Returns a delay within the first window, without counting an attempt. */
  soonMillis(): number {
    return this.#random() * this.#firstWindowMillis;
  }

  /** Makes the next delay start with the first window. */
  reset(): void {
    this.#attempts = 0;
    this.isOffline = false;
  }
}
