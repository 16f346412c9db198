// How coarse a clock is. Browsers round their clocks against fingerprinting: most to 1 ms or finer, Firefox with
// `privacy.resistFingerprinting` to 16.667 ms, Tor Browser and Mullvad Browser to 100 ms. Chromium and Firefox round up or down
// at random within a step. https://w3c.github.io/hr-time/#clock-resolution, https://bugzilla.mozilla.org/show_bug.cgi?id=1387894

/** No clock is taken to be finer. */
const MIN_STEP_MILLIS = 1;

/** `Date.now()` is a whole number also where its step is not, so steps look shorter than they are. */
const ROUNDING_MILLIS = 2;

/** About a millisecond: enough to see a change of any clock that is not coarse. */
const MAX_READINGS = 20_000;

export class ClockStep {
  #last: number | undefined;
  #smallest = Infinity;

  /** A reading is at most this far from the exact time, in either direction. Infinity until two readings differ. */
  get millis(): number {
    return this.#smallest <= MIN_STEP_MILLIS ? MIN_STEP_MILLIS : this.#smallest + ROUNDING_MILLIS;
  }

  /** Two readings that differ do so by a step at least. */
  observe(readingMillis: number): void {
    const difference = Math.abs(readingMillis - (this.#last ?? readingMillis));
    this.#last = readingMillis;
    if (difference > 0) this.#smallest = Math.min(this.#smallest, difference);
  }
}

/** Reads clocks in a loop until each has changed, but no longer than about a millisecond. The readings later on complete the steps of
 *  clocks that are coarser. */
export function measureSteps(clocks: readonly { readonly step: ClockStep; read(): number }[]): void {
  for (let readings = 0; readings < MAX_READINGS; readings++) {
    for (const { step, read } of clocks) step.observe(read());
    if (clocks.every(({ step }) => step.millis < Infinity)) return;
  }
}
