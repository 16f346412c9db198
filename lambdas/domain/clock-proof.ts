// Computes how wrong the clock of a runner can be. The evidence comes from witnesses, which are other clocks: the
// `Date` header of each answer from table, queue and gateway, the time at which the message that started the runner was
// due, and the time of the schedule. A `Date` gives a lower and an upper bound of the true time. The others give only a
// lower bound. The bounds are stored relative to the monotonic clock, which is never set. The bounds of one witness are
// intersected over a run, as RFC 5905 (section 11.2.1) does with the answers of time servers.
// docs/decisions/0002-relay.md has the reasons.

import { type Clock, STEP_MILLIS } from './ports.ts';

export type Witness = 'table' | 'queue' | 'gateway' | 'schedule';

/** The `Date` header of one answer. */
export interface ObservedDate {
  /** Unix time in milliseconds, whole seconds. */
  readonly dateMillis: number;
  /** When the request was sent. */
  readonly askedAtMonotonicMillis: number;
  /** When the answer arrived. */
  readonly answeredAtMonotonicMillis: number;
}

/** Two or more witnesses that find the clock wrong in the same direction. */
export interface ClockContradiction {
  readonly witnesses: readonly Witness[];
  /** The smallest of their errors. Positive if the clock is ahead, negative if it is behind. */
  readonly aheadMillis: number;
}

/** The true time is at most this much later than a `Date` header. A `Date` has whole seconds, and a server may cache
 *  it. How long the servers of AWS cache it is unconfirmed. */
export const DATE_SPAN_MILLIS = 1_400;

/** A witness contradicts the clock if the clock is outside the witness's bounds by more than this. */
export const CONTRADICTION_MILLIS = 1_000;

/** Lower and upper bound of this difference, in milliseconds: true time minus monotonic clock. */
interface Bounds {
  readonly low: number;
  readonly high: number;
}

const UNBOUNDED: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

export class ClockProof {
  readonly #clock: Clock;
  readonly #bounds = new Map<Witness, Bounds>();
  /** Wall clock minus monotonic clock when the proof began. */
  #baselineMillis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.restart();
  }

  /** Discards all bounds. Called when a run begins, and after the clock was set. */
  restart(): void {
    this.#bounds.clear();
    this.#baselineMillis = this.#wallMinusMonotonic;
  }

  /** True if the wall clock was set, or the machine was suspended, since the last {@link restart}. */
  get hasStepped(): boolean {
    return Math.abs(this.#wallMinusMonotonic - this.#baselineMillis) > STEP_MILLIS;
  }

  get #wallMinusMonotonic(): number {
    return this.#clock.now() - this.#clock.monotonicMillis();
  }

  /** Narrows the bounds of the witness by one `Date` header. Ignores a date that is NaN. */
  recordDate(witness: Witness, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }: ObservedDate): void {
    if (Number.isNaN(dateMillis)) return;
    const high = dateMillis + DATE_SPAN_MILLIS - askedAtMonotonicMillis;
    this.#narrow(witness, { low: dateMillis - answeredAtMonotonicMillis, high });
  }

  /** Records that the true time is this time or later. */
  recordLowerBound(witness: Witness, epochMillis: number): void {
    if (Number.isNaN(epochMillis)) return;
    this.#narrow(witness, { ...UNBOUNDED, low: epochMillis - this.#clock.monotonicMillis() });
  }

  #narrow(witness: Witness, latest: Bounds): void {
    const { low, high } = this.#bounds.get(witness) ?? UNBOUNDED;
    const both = { low: Math.max(low, latest.low), high: Math.min(high, latest.high) };
    // If the bounds exclude each other, the clock of the witness was set. Keep only the latest.
    this.#bounds.set(witness, both.low <= both.high ? both : latest);
  }

  /** The largest possible error of the wall clock, in milliseconds. If witnesses differ, the largest value counts.
   *  Undefined if no witness gives both a lower and an upper bound. */
  get boundMillis(): number | undefined {
    const own = this.#wallMinusMonotonic;
    const widths = [...this.#bounds.values()]
      .filter(isTwoSided)
      .map(({ low, high }) => Math.max(Math.abs(own - low), Math.abs(high - own)));
    return widths.length > 0 ? Math.round(Math.max(...widths)) : undefined;
  }

  /** Each witness that contradicts the clock, with the clock's error in milliseconds: positive if it is ahead. */
  get doubts(): ReadonlyMap<Witness, number> {
    const own = this.#wallMinusMonotonic;
    const errors = [...this.#bounds].map(([witness, { low, high }]): [Witness, number] => {
      return [witness, own > high ? own - high : Math.min(0, own - low)];
    });
    return new Map(errors.filter(([, error]) => Math.abs(error) > CONTRADICTION_MILLIS));
  }

  /** Undefined unless two witnesses contradict the clock in the same direction. */
  get contradiction(): ClockContradiction | undefined {
    for (const sign of [1, -1]) {
      const agreeing = [...this.doubts].filter(([, error]) => Math.sign(error) === sign);
      if (agreeing.length < 2) continue;
      const least = Math.min(...agreeing.map(([, error]) => Math.abs(error)));
      return { witnesses: agreeing.map(([witness]) => witness), aheadMillis: Math.round(sign * least) };
    }
    return undefined;
  }

  /** The latest possible true time according to the table. Undefined before the table has answered. */
  get latestByTableMillis(): number | undefined {
    const bounds = this.#bounds.get('table');
    return bounds && bounds.high + this.#clock.monotonicMillis();
  }
}

function isTwoSided({ low, high }: Bounds): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}
