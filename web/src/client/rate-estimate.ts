// How fast the offset changes, from what costs nothing: the ticks. Each tick's stamp less its time of arrival is the
// offset less the way's delay; the largest of several is the one that was delayed least. How the largest ones change
// from window to window is how the offset does. Only the estimate of the time relies on it, never its bounds.

const WINDOW = 16;
const WINDOWS = 16;
/** What clocks do before anything is measured: rates spread about 0 by so much. */
const USUAL_SPREAD = 100e-6;

interface Window {
  readonly best: number;
  readonly atMillis: number;
  /** How far the best may be off the least delay, for delays that are spread exponentially. */
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
  /** How far the rate may well be off. */
  uncertainty = 2 * USUAL_SPREAD;

  /** @param difference of a stamp and its arrival, in milliseconds */
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

  /** Begins anew, as after a sleep. The rate stays what it was. */
  clear(): void {
    this.#windows = [];
    this.#beginWindow();
  }

  #beginWindow(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#best = -Infinity;
  }

  /** The slope from the oldest window to the newest, the less believed the noisier it is. */
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
