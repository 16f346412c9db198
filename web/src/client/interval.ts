// An interval for a quantity that drifts: at one moment it was between two values, and since then it has changed by at
// most a given rate. If two intervals of the same quantity do not intersect, one of them is wrong.

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** The moment of the two values, by the monotonic clock. */
  readonly atMillis: number;
}

export const ANYTHING: Interval = { low: -Infinity, high: Infinity, atMillis: 0 };

/** Returns the interval at another moment, widened by the maximum drift. */
export function drifted({ low, high, atMillis }: Interval, toMillis: number, driftPerMilli: number): Interval {
  const drift = driftPerMilli * Math.abs(toMillis - atMillis);
  return { low: low - drift, high: high + drift, atMillis: toMillis };
}

/** Intersects two intervals of the same moment. @returns undefined if they do not intersect */
export function intersection(one: Interval, other: Interval): Interval | undefined {
  const low = Math.max(one.low, other.low);
  const high = Math.min(one.high, other.high);
  return low <= high ? { low, high, atMillis: one.atMillis } : undefined;
}

/** Returns the smallest interval that contains both. Both must be of the same moment. */
export function hull(one: Interval, other: Interval): Interval {
  return { low: Math.min(one.low, other.low), high: Math.max(one.high, other.high), atMillis: one.atMillis };
}

export function middle({ low, high }: Interval): number {
  return (low + high) / 2;
}

export function width({ low, high }: Interval): number {
  return high - low;
}
