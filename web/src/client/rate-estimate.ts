// Estimates how fast the offset changes from the ticks, which need no extra messages. The timestamp of a tick minus its
// time of arrival is the offset minus the network delay. In each window the largest difference has the smallest delay.
// The change of these values from window to window is the rate. Only the estimate of the time uses it, not its bounds.

const WINDOW = 16;
const WINDOWS = 16;
/** Assumed spread of the rates of clocks before any measurement. */
const USUAL_SPREAD = 100e-6;

interface Window {
  readonly best: number;
  readonly atMillis: number;
  /** Expected excess of the smallest delay, for exponentially distributed delays. */
  readonly noise: number;
}

export class RateEstimate {
  #windows: Window[] = [];
  #count = 0;
  #sum = 0;
  #best = -Infinity;
  #bestAtMillis = 0;
  /** Change of the offset per millisecond. */
  rate = 0;
  /** Uncertainty of the rate. */
  uncertainty = 2 * USUAL_SPREAD;

  /** @param difference timestamp minus arrival, in milliseconds */
  add(difference: number, atMillis: number): void {
    this.#count++;
    this.#sum += difference;
    if (difference > this.#best) {
      this.#best = difference;
      this.#bestAtMillis = atMillis;
    }
    if (this.#count < WINDOW) return;
    const noise = (1 + this.#best - this.#sum / WINDOW) / WINDOW;
    this.#windows = [...this.#windows, { best: this.#best, atMillis: this.#bestAtMillis, noise }].slice(-WINDOWS);
    this.#beginWindow();
    this.#measure();
  }

  /** Restarts the measurement, for example after sleep. Keeps the rate. */
  clear(): void {
    this.#windows = [];
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#best = -Infinity;
  }

  /** Computes the slope from the oldest to the newest window. A noisier slope has less weight. */
  #measure(): void {
    const oldest = this.#windows[0];
    const newest = this.#windows.at(-1);
    if (oldest === undefined || newest === undefined || newest.atMillis <= oldest.atMillis) return;
    const span = newest.atMillis - oldest.atMillis;
    const spread = (oldest.noise + newest.noise) / span;
    const belief = USUAL_SPREAD ** 2 / (USUAL_SPREAD ** 2 + spread ** 2);
    this.rate = (belief * (newest.best - oldest.best)) / span;
    this.uncertainty = 2 * spread * Math.sqrt(belief);
  }
}
