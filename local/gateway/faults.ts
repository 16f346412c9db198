// Trouble on demand: what may go wrong with @connections requests on AWS, for tests of those who make them.

/** What happens to a request instead of its answer: 429, 410, 500, no answer at all, or a TCP connection reset. */
export const REQUEST_FAULTS = ['throttled', 'gone', 'failing', 'silent', 'reset'] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];

export interface Faults {
  /** Shares of the @connections requests, each from 0 to 1, together at most 1. @default none */
  readonly requests?: Readonly<Partial<Record<RequestFault, number>>>;
  /** Before a @connections request is looked at. @default 0 */
  readonly latencyMillis?: number;
  /** Share of the `$disconnect` events that are lost, from 0 to 1. @default 0 */
  readonly lostDisconnects?: number;
}

/** @param random from 0 up to 1 */
export function drawFault({ requests }: Faults, random: number): RequestFault | undefined {
  if (requests === undefined) return undefined;
  let below = 0;
  for (const fault of REQUEST_FAULTS) {
    below += requests[fault] ?? 0;
    if (random < below) return fault;
  }
  return undefined;
}
