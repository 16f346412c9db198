// Proves the clock of a runner with witnesses that cost nothing: the `Date` of every answer from table, queue and
// gateway, the time at which a message was due, and the time of the schedule. Each bounds the difference between the
// true time and the monotonic clock, and the bounds of one witness are intersected over a run, as RFC 5905 (section
// 11.2.1) does it with the answers of time servers. docs/decisions/0002-relay.md has the reasons.

import { type Clock, STEP_MILLIS } from './ports.ts';

export type Witness = 'table' | 'queue' | 'gateway' | 'schedule';

/** One `Date` header: when it was asked for, and when it came. */
export interface ObservedDate {
  /** Unix time in milliseconds, whole seconds. */
  readonly dateMillis: number;
  readonly askedAtMonotonicMillis: number;
  readonly answeredAtMonotonicMillis: number;
}

/** Witnesses that agree on an error of the clock, in milliseconds: above zero when it is ahead. */
export interface ClockContradiction {
  readonly witnesses: readonly Witness[];
  readonly aheadMillis: number;
}

/** True time is later than a `Date` by up to a second, since it has whole seconds, and by as long as servers keep it.
 *  How long those of AWS do is unconfirmed. */
export const DATE_SPAN_MILLIS = 1_400;

/** A clock outside the bounds of a witness by more than this is wrong by that witness. */
export const CONTRADICTION_MILLIS = 1_000;

/** Bounds of true time minus monotonic clock. */
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

  /** Forgets all witnesses: the machine was suspended, or its clock was set. */
  restart(): void {
    this.#bounds.clear();
    this.#baselineMillis = this.#wallMinusMonotonic;
  }

  /** The wall clock was set, or the machine was suspended, since the proof began. */
  get hasStepped(): boolean {
    return Math.abs(this.#wallMinusMonotonic - this.#baselineMillis) > STEP_MILLIS;
  }

  get #wallMinusMonotonic(): number {
    return this.#clock.now() - this.#clock.monotonicMillis();
  }

  /** Ignores a date that is not a number. */
  recordDate(witness: Witness, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }: ObservedDate): void {
    if (Number.isNaN(dateMillis)) return;
    const high = dateMillis + DATE_SPAN_MILLIS - askedAtMonotonicMillis;
    this.#narrow(witness, { low: dateMillis - answeredAtMonotonicMillis, high });
  }

  /** The true time is this or later. */
  recordLowerBound(witness: Witness, epochMillis: number): void {
    if (Number.isNaN(epochMillis)) return;
    this.#narrow(witness, { ...UNBOUNDED, low: epochMillis - this.#clock.monotonicMillis() });
  }

  #narrow(witness: Witness, latest: Bounds): void {
    const { low, high } = this.#bounds.get(witness) ?? UNBOUNDED;
    const both = { low: Math.max(low, latest.low), high: Math.min(high, latest.high) };
    // A witness that contradicts itself was set.
    this.#bounds.set(witness, both.low <= both.high ? both : latest);
  }

  /** The widest bound of the clock's error that a witness proves; undefined when none bounds both sides. */
  get boundMillis(): number | undefined {
    const own = this.#wallMinusMonotonic;
    const widths = [...this.#bounds.values()]
      .filter(isTwoSided)
      .map(({ low, high }) => Math.max(Math.abs(own - low), Math.abs(high - own)));
    return widths.length > 0 ? Math.round(Math.max(...widths)) : undefined;
  }

  /** Errors by witness, of those that contradict the clock. */
  get doubts(): ReadonlyMap<Witness, number> {
    const own = this.#wallMinusMonotonic;
    const errors = [...this.#bounds].map(([witness, { low, high }]): [Witness, number] => {
      return [witness, own > high ? own - high : Math.min(0, own - low)];
    });
    return new Map(errors.filter(([, error]) => Math.abs(error) > CONTRADICTION_MILLIS));
  }

  /** @returns undefined unless two witnesses contradict the clock in the same direction */
  get contradiction(): ClockContradiction | undefined {
    for (const sign of [1, -1]) {
      const agreeing = [...this.doubts].filter(([, error]) => Math.sign(error) === sign);
      if (agreeing.length < 2) continue;
      const least = Math.min(...agreeing.map(([, error]) => Math.abs(error)));
      return { witnesses: agreeing.map(([witness]) => witness), aheadMillis: Math.round(sign * least) };
    }
    return undefined;
  }

  /** The latest time that it can be by the table; undefined before the table has answered. */
  get latestByTableMillis(): number | undefined {
    const bounds = this.#bounds.get('table');
    return bounds && bounds.high + this.#clock.monotonicMillis();
  }
}

function isTwoSided({ low, high }: Bounds): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}
