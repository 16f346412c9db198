// What is known of a quantity that drifts: at a moment it lay between two values, and since then it has changed by no
// more than so much a millisecond. Intervals of the same quantity intersect; where they do not, one of them is wrong.

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The moment it is true of, by the monotonic clock. */
  readonly atMillis: number;
}

export const ANYTHING: Interval = { low: -Infinity, high: Infinity, atMillis: 0 };

/** The interval at another moment, wider by the drift that is allowed for. */
export function drifted({ low, high, atMillis }: Interval, toMillis: number, driftPerMilli: number): Interval {
  const drift = driftPerMilli * Math.abs(toMillis - atMillis);
  return { low: low - drift, high: high + drift, atMillis: toMillis };
}

/** Both are of the same moment. @returns undefined when they contradict one another */
export function intersection(one: Interval, other: Interval): Interval | undefined {
  const low = Math.max(one.low, other.low);
  const high = Math.min(one.high, other.high);
  return low <= high ? { low, high, atMillis: one.atMillis } : undefined;
}

/** What contains both, and what is between. Both are of the same moment. */
export function hull(one: Interval, other: Interval): Interval {
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high), atMillis: one.atMillis };
}

export function middle({ low, high }: Interval): number {
  return (low + high) / 2;
}

export function width({ low, high }: Interval): number {
  return high - low;
}
