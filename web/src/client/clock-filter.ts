// From timestamps to the offset: what must be added to this machine's monotonic clock to have the server's time.
//
// A probe leaves at t0, is received at t1, answered at t2, and the answer arrives at t3. Nothing arrives before it
// left, so t2 - t3 <= offset <= t1 - t0, whatever the network does; a tick gives the first half. Intersecting these
// intervals is the minimum-round-trip filter with a proof (Marzullo's, RFC 5905 section 11.2.1, with one server): the
// fastest way there and the fastest way back count. All times are milliseconds; t0, t3 and every `atMillis` by the
// monotonic clock, t1 and t2 by the server's.

import { ANYTHING, drifted, hull, type Interval, intersection, middle, width } from './interval.ts';
import { RateEstimate } from './rate-estimate.ts';

/** How fast a machine's clock may gain or lose on the server's, slewing by its system included: 250 ppm. */
export const DRIFT = 250e-6;

/** The server's stamps are whole milliseconds, rounded down. */
export const STAMP_MILLIS = 1;

/** How far the clocks behind the server's stamps, the gateway's and each function's, may be off the server's time. */
export const SERVER_CLOCKS_MILLIS = 2;

export interface Probe {
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
  readonly t3: number;
}

/** `doubtful`: it contradicts what was known, and one of the two is wrong; `restarted`: a second sample took its side.
 *  */
export type Verdict = 'consistent' | 'doubtful' | 'restarted' | 'impossible';

const RECENT_PROBES = 8;

export class ClockFilter {
  readonly #step: { readonly millis: number };
  #known = ANYTHING;
  /** What contradicts `#known`, until a sample decides between them. */
  #rival: Interval | undefined;
  /** The best estimate and how wide the interval was around it. */
  #anchor: { readonly offset: number; readonly width: number; readonly atMillis: number } | undefined;
  readonly #rate = new RateEstimate();
  #roundTrips: number[] = [];

  /** @param step of the monotonic clock */
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

  /** @returns `impossible` for stamps that contradict one another */
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
      this.#weighAnchor();
    }
    return verdict;
  }

  /** The monotonic clock may have stood still. That can only have raised the offset: the lower bound stays. */
  doubtUpperBound(): void {
    this.#known = { ...this.#known, high: Infinity };
    this.#rival = undefined;
    this.#rate.clear();
    if (this.#anchor !== undefined) this.#anchor = { ...this.#anchor, width: Infinity };
  }

  /** The next samples are of another server's clock. The estimate goes on from the old one until a probe is answered.
   *  */
  forget(): void {
    this.doubtUpperBound();
    this.#known = ANYTHING;
    this.#roundTrips = [];
  }

  /** Where the offset is for certain, under the assumptions above. */
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

  /** The smallest of the last probes, without the server's own time; undefined before the first. */
  get roundTrip(): number | undefined {
    return this.#roundTrips.length > 0 ? Math.min(...this.#roundTrips) : undefined;
  }

  #add(sample: Interval): Verdict {
    const agreed = intersection(sample, drifted(this.#known, sample.atMillis, DRIFT));
    const rival = this.#rival && intersection(sample, drifted(this.#rival, sample.atMillis, DRIFT));
    if (agreed !== undefined) {
      // A probe that agrees with both cannot decide, nor need it: whichever is right, the offset is in the hull.
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

  /** The middle of the interval is the new estimate, unless the old one is expected to be the better one still. */
  #weighAnchor(): void {
    const { atMillis } = this.#known;
    const anchor = this.#anchor;
    const expected = anchor ? anchor.width + 2 * this.#rate.uncertainty * (atMillis - anchor.atMillis) : Infinity;
    if (width(this.#known) > expected || width(this.#known) === Infinity) return;
    this.#anchor = { offset: middle(this.#known), width: width(this.#known), atMillis };
  }
}
