// Durations by the millisecond, in constant memory however many there are.

/** Longer durations count as this one: no copy of a tick lives longer than a second. */
export const LONGEST_MILLIS = 1_023;

export class Histogram {
  readonly #counts = new Uint32Array(LONGEST_MILLIS + 1);
  #total = 0;

  /** @param millis below zero counts as zero */
  add(millis: number, count = 1): void {
    this.#addCount(Math.min(LONGEST_MILLIS, Math.max(0, Math.round(millis))), count);
  }

  merge(other: Histogram): void {
    for (const [millis, count] of other.#counts.entries()) this.#addCount(millis, count);
  }

  #addCount(millis: number, count: number): void {
    this.#counts[millis] = (this.#counts[millis] ?? 0) + count;
    this.#total += count;
  }

  /** @param share from 0 to 1
   *  @returns whole milliseconds that so great a share of the durations does not exceed; 0 when there are none */
  quantile(share: number): number {
    let rest = Math.ceil(this.#total * share);
    for (const [millis, count] of this.#counts.entries()) {
      rest -= count;
      if (rest <= 0) return this.#total === 0 ? 0 : millis;
    }
    return LONGEST_MILLIS;
  }
}
