// Measures the step of a clock. Browsers round their clocks to prevent fingerprinting: most to 1 ms or finer, Firefox
// with `privacy.resistFingerprinting` to 16.667 ms, Tor Browser and Mullvad Browser to 100 ms. Chromium and Firefox
// round up or down at random within a step. https://w3c.github.io/hr-time/#clock-resolution,
// https://bugzilla.mozilla.org/show_bug.cgi?id=1387894

/** Smallest step that is assumed. */
const MIN_STEP_MILLIS = 1;

/** `Date.now()` is a whole number even if its step is not, so steps can appear shorter. */
const ROUNDING_MILLIS = 2;

/** About a millisecond, in which any clock that is not coarse changes. */
const LOOP_READINGS = 20_000;

/** Long enough to see a change of a coarse clock. */
const TIMER_READINGS = 50;
const TIMER_MILLIS = 4;

export class ClockStep {
  #last: number | undefined;
  #smallest = Infinity;

  /** Maximum error of a reading, in either direction. Infinity until two readings differ. */
  get millis(): number {
    return this.#smallest <= MIN_STEP_MILLIS ? MIN_STEP_MILLIS : this.#smallest + ROUNDING_MILLIS;
  }

  /** Two different readings differ by at least a step. */
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

/** Reads clocks in a loop until each has changed, for about a millisecond. Clocks that have not changed are coarse, and
 *  are read again by timers, for 0.2 s. */
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
