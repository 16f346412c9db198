// Quantiles and rounding.

/** @param share from 0 to 1 @returns undefined for an empty list */
export function quantile(ascending: ArrayLike<number>, share: number): number | undefined {
  return ascending[Math.max(0, Math.min(ascending.length - 1, Math.ceil(ascending.length * share) - 1))];
}

/** @throws Error for an empty list */
export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length / 2;
  const lower = ascending[Math.ceil(middle) - 1];
  const upper = ascending[Math.floor(middle)];
  if (lower === undefined || upper === undefined) throw new Error('an empty list has no median');
  return (lower + upper) / 2;
}

export function round(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}
