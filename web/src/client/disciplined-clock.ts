// The time for display. It follows an estimate that can jump, but it never runs backwards. It jumps forward only if it
// is far behind.

/** If it is behind by more than this, it is set. If it is ahead by more, it runs at half speed. */
const FAR_MILLIS = 250;
/** Otherwise it is slewed: it runs at most this much faster or slower than the machine's clock. */
const SLEW = 0.1;
const FAR_SLEW = 0.5;

export class DisciplinedClock {
  #shown: number | undefined;
  #readAtMillis = 0;

  /** @param atMillis time of the monotonic clock
   *  @param estimate estimate of the server's time, as Unix time in milliseconds
   *  @returns the time to show; it never decreases */
  read(atMillis: number, estimate: number): number {
    const passed = Math.max(0, atMillis - this.#readAtMillis);
    this.#readAtMillis = atMillis;
    this.#shown = this.#shown === undefined ? estimate : steer(this.#shown, passed, estimate);
    return this.#shown;
  }
}

function steer(shown: number, passed: number, estimate: number): number {
  const error = estimate - (shown + passed);
  if (error > FAR_MILLIS) return estimate;
  const most = passed * (error < -FAR_MILLIS ? FAR_SLEW : SLEW);
  return shown + passed + Math.min(Math.max(error, -most), most);
}
