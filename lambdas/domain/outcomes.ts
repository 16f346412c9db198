// Outcomes of posts and counts of them.

/** A count of zero for each outcome.
 *
 *  - `delivered`: 200
 *  - `gone`: 410
 *  - `throttled`: 429
 *  - `forbidden`: 403, because the signature, its date or the permission is wrong
 *  - `tooLarge`: 413
 *  - `serverError`: 5xx
 *  - `timedOut`: no answer within 400 ms, or by the deadline
 *  - `reset`: the HTTP connection failed
 *  - `failed`: any other failure
 *  - `shed`: not posted, because the deadline passed or the clock was set before the post could start */
export const NO_POSTS = {
  delivered: 0,
  gone: 0,
  throttled: 0,
  forbidden: 0,
  tooLarge: 0,
  serverError: 0,
  timedOut: 0,
  reset: 0,
  failed: 0,
  shed: 0,
};

/** Number of connections by outcome. */
export type FanOutReport = typeof NO_POSTS;

/** Outcome of a post that has started. */
export type PostOutcome = Exclude<keyof FanOutReport, 'shed'>;

/** Returns the number of copies that connected viewers did not receive. */
export function failuresOf({ delivered: _, gone: __, ...failures }: FanOutReport): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** Returns whether no viewer received the tick although viewers were connected. */
export function reachedNobody(report: FanOutReport): boolean {
  return report.delivered === 0 && failuresOf(report) > 0;
}

export function countOf(report: FanOutReport): number {
  return Object.values(report).reduce((sum, count) => sum + count, 0);
}

/** Returns `a + sign * b` for each outcome. */
export function addCounts(a: FanOutReport, b: FanOutReport, sign: 1 | -1): FanOutReport {
  const sum = { ...a };
  for (const outcome of Object.keys(b) as (keyof FanOutReport)[]) sum[outcome] += sign * b[outcome];
  return sum;
}
