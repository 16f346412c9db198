// Computes the offset from timestamps: the server's time minus this machine's monotonic clock.
//
// A probe is sent at t0, received at t1, answered at t2, and the answer arrives at t3. No message arrives before it was
// sent, so t2 - t3 <= offset <= t1 - t0 for any network. A tick gives the lower bound. The filter intersects these
// intervals (Marzullo's algorithm, RFC 5905 section 11.2.1, with one server), so the fastest messages in each direction
// determine the result. All times are in milliseconds. t0, t3 and every `atMillis` are by the monotonic clock, t1 and
// t2 by the server's clock.

import { ANYTHING, drifted, hull, type Interval, intersection, middle, width } from './interval.ts';
import { RateEstimate } from './rate-estimate.ts';

/** Maximum drift of a machine's clock relative to the server's, including slewing by the operating system: 250 ppm. */
export const DRIFT = 250e-6;

/** The server's timestamps are whole milliseconds, rounded down. */
export const STAMP_MILLIS = 1;

/** Maximum error of the clocks of gateway and functions, which set the timestamps, relative to the server's time. */
export const SERVER_CLOCKS_MILLIS = 2;

export interface Probe {
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
}

/** `doubtful`: the sample contradicts the known interval, so one of them is wrong. `restarted`: a second sample has
 *  confirmed the contradicting one. */
export type Verdict = 'consistent' | 'doubtful' | 'restarted' | 'impossible';

const RECENT_PROBES = 8;

export class ClockFilter {
  readonly #step: { readonly millis: number };
  #known = ANYTHING;
  /** The interval that contradicts `#known`, until a sample decides between them. */
  #rival: Interval | undefined;
  /** The best estimate, and the width of its interval. */
  #anchor: { readonly offset: number; readonly width: number; readonly atMillis: number } | undefined;
  readonly #rate = new RateEstimate();
  #roundTrips: number[] = [];

  /** @param step step of the monotonic clock */
  constructor(step: { readonly millis: number }) {
    this.#step = step;
  }

  addTick(sentAtMillis: number, atMillis: number): Verdict {
    const low = sentAtMillis - SERVER_CLOCKS_MILLIS - atMillis - this.#step.millis;
    const verdict = this.#add({ low, high: Infinity, atMillis });
    if (verdict === 'consistent') {
      this.#rate.add(sentAtMillis - atMillis, atMillis);
    }
    return verdict;
  }

  /** @returns `impossible` if the timestamps contradict each other */
  addProbe({ t0, t1, t2, t3 }: Probe): Verdict {
    const sample = {
      low: t2 - SERVER_CLOCKS_MILLIS - t3 - this.#step.millis,
      high: t1 + STAMP_MILLIS + SERVER_CLOCKS_MILLIS - t0 + this.#step.millis + DRIFT * (t3 - t0),
      atMillis: t3,
    };
    const areInOrder = t0 <= t3 && t1 <= t2 + STAMP_MILLIS + 2 * SERVER_CLOCKS_MILLIS;
    if (!areInOrder || sample.low > sample.high) return 'impossible';
    const verdict = this.#add(sample);
    if (verdict !== 'doubtful') {
      this.#roundTrips = [...this.#roundTrips, Math.max(0, t3 - t0 - (t2 - t1))].slice(-RECENT_PROBES);
      this.#updateAnchor();
    }
    return verdict;
  }

  /** Records that the monotonic clock may have stopped. That can only increase the offset, so the lower bound stays. */
  doubtUpperBound(): void {
    this.#known = { ...this.#known, high: Infinity };
    this.#rival = undefined;
    this.#rate.clear();
    if (this.#anchor !== undefined) this.#anchor = { ...this.#anchor, width: Infinity };
  }

  /** Records that the next samples are from another server's clock. The estimate continues from the old one until a
   *  probe is answered. */
  forget(): void {
    this.doubtUpperBound();
    this.#known = ANYTHING;
    this.#roundTrips = [];
  }

  /** Returns the interval that contains the offset, under the assumptions above. */
  bounds(atMillis: number): Interval {
    return this.#rival === undefined ? drifted(this.#known, atMillis, DRIFT) : ANYTHING;
  }

  /** @returns undefined before the first sample */
  estimate(atMillis: number): number | undefined {
    const { low, high } = drifted(this.#known, atMillis, DRIFT);
    if (this.#anchor === undefined) return low === -Infinity ? undefined : low;
    const expected = this.#anchor.offset + this.#rate.rate * (atMillis - this.#anchor.atMillis);
    return Math.min(Math.max(expected, low), high);
  }

  /** Estimated change of the offset per millisecond. */
  get rate(): number {
    return this.#rate.rate;
  }

  /** The smallest round-trip time of the latest probes, without the server's processing time. Undefined before the
   *  first. */
  get roundTrip(): number | undefined {
    return this.#roundTrips.length > 0 ? Math.min(...this.#roundTrips) : undefined;
  }

  #add(sample: Interval): Verdict {
    const agreed = intersection(sample, drifted(this.#known, sample.atMillis, DRIFT));
    const rival = this.#rival && intersection(sample, drifted(this.#rival, sample.atMillis, DRIFT));
    if (agreed !== undefined) {
      // If a probe agrees with both, it cannot decide. The offset is then in the hull of both.
      const isSettled = rival !== undefined && sample.high < Infinity;
      this.#known = isSettled ? hull(agreed, rival) : agreed;
      this.#rival = isSettled ? undefined : rival;
      return 'consistent';
    }
    if (rival === undefined) {
      this.#rival = sample;
      return 'doubtful';
    }
    this.#known = rival;
    this.#rival = undefined;
    this.#anchor = undefined;
    this.#rate.clear();
    this.#roundTrips = [];
    return 'restarted';
  }

  /** Uses the middle of the interval as the new estimate, unless the old one is probably still better. */
  #updateAnchor(): void {
    const { atMillis } = this.#known;
    const anchor = this.#anchor;
    const expected = anchor ? anchor.width + 2 * this.#rate.uncertainty * (atMillis - anchor.atMillis) : Infinity;
    if (width(this.#known) > expected || width(this.#known) === Infinity) return;
    this.#anchor = { offset: middle(this.#known), width: width(this.#known), atMillis };
  }
}
