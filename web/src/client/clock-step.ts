// How coarse a clock is. Browsers round their clocks against fingerprinting: most to 1 ms or finer, Firefox with
// `privacy.resistFingerprinting` to 16.667 ms, Tor Browser and Mullvad Browser to 100 ms. Chromium and Firefox round up
// or down at random within a step. https://w3c.github.io/hr-time/#clock-resolution,
// https://bugzilla.mozilla.org/show_bug.cgi?id=1387894

/** No clock is taken to be finer. */
const MIN_STEP_MILLIS = 1;

/** `Date.now()` is a whole number also where its step is not, so steps look shorter than they are. */
const ROUNDING_MILLIS = 2;

/** About a millisecond: enough to see a change of any clock that is not coarse. */
const LOOP_READINGS = 20_000;

/** For the other clocks: long enough to see a change of each. */
const TIMER_READINGS = 50;
const TIMER_MILLIS = 4;

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

export interface StepReader {
  readonly step: ClockStep;
  read(): number;
}

/** Reads clocks in a loop until each has changed, for about a millisecond. Clocks that have not changed by then are
 *  coarse: they are read again by timers, for 0.2 s. */
export function measureSteps(
  clocks: readonly StepReader[],
  setTimer: (callback: () => void, millis: number) => void,
): void {
  const read = () => {
    for (const { step, read } of clocks) step.observe(read());
  };
  for (let readings = 0; readings < LOOP_READINGS; readings++) {
    read();
    if (clocks.every(({ step }) => step.millis < Infinity)) return;
  }
  for (let reading = 1; reading <= TIMER_READINGS; reading++) setTimer(read, reading * TIMER_MILLIS);
}
