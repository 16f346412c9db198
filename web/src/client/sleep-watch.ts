// Recognizes that the monotonic clock may have stood still, as most browsers' does while the machine sleeps
// (https://github.com/w3c/hr-time/issues/115). The system's clock goes on, so it gains on the monotonic clock. It also
// gains when it is set forward: the two cannot be told apart.

/** A shorter sleep shows as a contradiction between timestamps, if at all. */
const GAIN_MILLIS = 250;

/** Both clocks of the coarsest known browsers together. */
const MAX_ROUNDING_MILLIS = 200;

export class SleepWatch {
  #difference: number | undefined;

  /** @param roundingMillis by which the difference of the two readings may be off, in either direction
   *  @returns whether the monotonic clock may have stood still since the last call */
  mayHaveSlept(monotonicMillis: number, wallMillis: number, roundingMillis: number): boolean {
    const difference = wallMillis - monotonicMillis;
    const gain = difference - (this.#difference ?? difference);
    this.#difference = difference;
    return gain > GAIN_MILLIS + 2 * Math.min(roundingMillis, MAX_ROUNDING_MILLIS);
  }
}
