// How posts end, and how many of a tick or of a minute ended how.

/** A count of zero for each outcome: `delivered` 200; `gone` 410; `throttled` 429; `forbidden` 403: the signature,
 *  its date or the permission; `tooLarge` 413; `serverError` 5xx; `timedOut`: no answer in time; `reset`: the HTTP
 *  connection broke; `failed`: anything else; `shed`: the deadline passed, or the clock was set, before the post
 *  could start. */
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

/** How many connections had each outcome. */
export type FanOutReport = typeof NO_POSTS;

/** How a post ended that was started. */
export type PostOutcome = Exclude<keyof FanOutReport, 'shed'>;

/** Copies that viewers who were there did not get. */
export function failuresOf({ delivered: _, gone: __, ...failures }: FanOutReport): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}

/** Whether no viewer got the tick although there were some. */
export function reachedNobody(report: FanOutReport): boolean {
  return report.delivered === 0 && failuresOf(report) > 0;
}

export function countOf(report: FanOutReport): number {
  return Object.values(report).reduce((sum, count) => sum + count, 0);
}

/** `a + sign * b`, outcome by outcome. */
export function sumOf(a: FanOutReport, b: FanOutReport, sign: 1 | -1): FanOutReport {
  const sum = { ...a };
  for (const outcome of Object.keys(b) as (keyof FanOutReport)[]) sum[outcome] += sign * b[outcome];
  return sum;
}
