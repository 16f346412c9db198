// Detects that the monotonic clock may have stopped, which it does in most browsers while the machine sleeps
// (https://github.com/w3c/hr-time/issues/115). The system clock continues, so it gains on the monotonic clock. It also
// gains when it is set forward. The two cases cannot be distinguished.

/** Shortest sleep that is detected. A shorter one may lead to contradicting timestamps. */
const GAIN_MILLIS = 250;

/** Sum of the steps of both clocks in the coarsest known browsers. */
const MAX_ROUNDING_MILLIS = 200;

export class SleepWatch {
  #difference: number | undefined;

  /** @param roundingMillis maximum error of the difference of the two readings, in either direction
   *  @returns whether the monotonic clock may have stopped since the last call */
  mayHaveSlept(monotonicMillis: number, wallMillis: number, roundingMillis: number): boolean {
    const difference = wallMillis - monotonicMillis;
    const gain = difference - (this.#difference ?? difference);
    this.#difference = difference;
    return gain > GAIN_MILLIS + 2 * Math.min(roundingMillis, MAX_ROUNDING_MILLIS);
  }
}
