// The time that is shown. It follows an estimate that jumps about, but runs: never backwards, and forwards at once only
// where it is far behind.

/** Behind by more than this it is set; ahead by more it runs at half speed. */
const FAR_MILLIS = 250;
/** Otherwise it is slewed: at most this much faster or slower than the machine's own clock. */
const SLEW = 0.1;
const FAR_SLEW = 0.5;

export class DisciplinedClock {
  #shown: number | undefined;
  #readAtMillis = 0;

  /** @param atMillis by the monotonic clock
   *  @param estimate of the server's time at this moment, in milliseconds since the epoch
   *  @returns the time to show; never less than before */
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
