// When to try again: full jitter, each wait anywhere in a window that doubles. Viewers who were cut together come back
// spread.
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

/** No window is longer. */
export const MAX_WINDOW_MILLIS = 30_000;

export class Backoff {
  readonly #firstWindowMillis: number;
  readonly #random: () => number;
  #attempts = 0;
  /** Waits are the longest there are. */
  isOffline = false;

  constructor(firstWindowMillis: number, random: () => number) {
    this.#firstWindowMillis = firstWindowMillis;
    this.#random = random;
  }

  /** How long to wait before the next attempt. */
  nextMillis(): number {
    const window = this.isOffline ? MAX_WINDOW_MILLIS : this.#firstWindowMillis * 2 ** this.#attempts;
    this.#attempts++;
    return this.#random() * Math.min(window, Math.max(MAX_WINDOW_MILLIS, this.#firstWindowMillis));
  }

  /** A wait within the first window, for when there is news; the number of attempts stays. */
  soonMillis(): number {
    return this.#random() * this.#firstWindowMillis;
  }

  /** The next wait is in the first window. */
  reset(): void {
    this.#attempts = 0;
    this.isOffline = false;
  }
}
