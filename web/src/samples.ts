// The data of the chart: the delays of the last ticks, with a gap where ticks are missing.

import { boundaryMillis } from '../../protocol/tick.ts';
import type { ClockTick } from './client/index.ts';

export const MAX_SAMPLES = 120;

export class Samples {
  /** Times of the ticks in seconds since the Unix epoch, ascending. */
  readonly times: number[] = [];
  /** Time from the second of the tick to its arrival, in milliseconds. */
  readonly ages: (number | null)[] = [];
  readonly roundTrips: (number | null)[] = [];
  #last: number | undefined;
  #intervalMillis = 1000;

  /** Adds a tick. Ignores a late one. If another tick is older than the last one, the server's clock was set back, and
   *  all data are discarded.
   *  @param arrivedAtMillis time of arrival by the server's clock */
  add(tick: ClockTick, arrivedAtMillis: number, roundTripMillis: number | undefined): void {
    const { sequence, intervalMillis, isLate } = tick;
    const atMillis = boundaryMillis(sequence, intervalMillis);
    if (isLate) return;
    if (this.#last !== undefined && atMillis <= this.#last) this.#clear();
    if (this.#last !== undefined && atMillis > this.#last + intervalMillis) {
      this.#push((this.#last + intervalMillis) / 1000, null, null);
    }
    this.#last = atMillis;
    this.#intervalMillis = intervalMillis;
    this.#push(atMillis / 1000, arrivedAtMillis - atMillis, roundTripMillis ?? null);
  }

  /** Range from the first to the last tick, at least a quarter of the maximum. */
  get spanSeconds(): number {
    const least = (MAX_SAMPLES * this.#intervalMillis) / 4_000;
    return Math.max(least, (this.times.at(-1) ?? 0) - (this.times[0] ?? 0));
  }

  get lastAge(): number | undefined {
    return this.ages.at(-1) ?? undefined;
  }

  #clear(): void {
    for (const list of [this.times, this.ages, this.roundTrips]) list.length = 0;
    this.#last = undefined;
  }

  #push(time: number, age: number | null, roundTrip: number | null): void {
    this.times.push(time);
    this.ages.push(age);
    this.roundTrips.push(roundTrip);
    if (this.times.length <= MAX_SAMPLES) return;
    this.times.shift();
    this.ages.shift();
    this.roundTrips.shift();
  }
}
