// Tells when the monotonic clock may have stood still: most browsers' does while the machine sleeps
// (https://github.com/w3c/hr-time/issues/115). The system's clock goes on, so it gains. It gains as well when somebody
// sets it forward; the two cannot be told apart.

/** More than the rounding of either clock. A shorter sleep shows as a contradiction between timestamps, if at all. */
const GAIN_MILLIS = 250;

export class SleepWatch {
  #difference: number | undefined;

  /** @returns whether the monotonic clock may have stood still since the last call */
  mayHaveSlept(monotonicMillis: number, wallMillis: number): boolean {
    const difference = wallMillis - monotonicMillis;
    const gain = difference - (this.#difference ?? difference);
    this.#difference = difference;
    return gain > GAIN_MILLIS;
  }
}
