// Counts durations in constant memory: in steps of 1 ms up to a second, and in steps of 64 ms above.

const FINE_MILLIS = 1_024;
const COARSE_MILLIS = 64;
const COARSE_COUNT = 922;

/** Longer durations count as this one, about a minute, which is the longest interval. */
export const LONGEST_MILLIS = FINE_MILLIS + COARSE_COUNT * COARSE_MILLIS - 1;

export class Histogram {
  readonly #counts = new Uint32Array(FINE_MILLIS + COARSE_COUNT);
  #total = 0;

  /** @param millis values below zero count as zero */
  add(millis: number, count = 1): void {
    this.#addCount(indexOf(Math.min(LONGEST_MILLIS, Math.max(0, Math.round(millis)))), count);
  }

  merge(other: Histogram): void {
    for (const [index, count] of other.#counts.entries()) if (count > 0) this.#addCount(index, count);
  }

  #addCount(index: number, count: number): void {
    this.#counts[index] = (this.#counts[index] ?? 0) + count;
    this.#total += count;
  }

  /** @param share from 0 to 1
   *  @returns the quantile in whole milliseconds; 0 if there are no durations */
  quantile(share: number): number {
    let rest = Math.ceil(this.#total * share);
    for (const [index, count] of this.#counts.entries()) {
      rest -= count;
      if (rest <= 0) return this.#total === 0 ? 0 : longestAt(index);
    }
    return LONGEST_MILLIS;
  }
}

function indexOf(millis: number): number {
  return millis < FINE_MILLIS ? millis : FINE_MILLIS + Math.floor((millis - FINE_MILLIS) / COARSE_MILLIS);
}

function longestAt(index: number): number {
  return index < FINE_MILLIS ? index : FINE_MILLIS + (index - FINE_MILLIS + 1) * COARSE_MILLIS - 1;
}
