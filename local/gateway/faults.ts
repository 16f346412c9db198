// Fault injection: the failures of @connections requests on AWS, to test programs that send them.

/** The failure of a request: an answer of 429, 410 or 500, no answer, or a reset of the TCP connection. */
export const REQUEST_FAULTS = ['throttled', 'gone', 'failing', 'silent', 'reset'] as const;

export type RequestFault = (typeof REQUEST_FAULTS)[number];

export interface Faults {
  /** Share of the @connections requests with each failure, from 0 to 1. The sum is at most 1. @default - no failures */
  readonly requests?: Readonly<Partial<Record<RequestFault, number>>>;
  /** Delay before a @connections request is handled. @default 0 */
  readonly latencyMillis?: number;
  /** Share of the `$disconnect` events that are lost, from 0 to 1. @default 0 */
  readonly lostDisconnects?: number;
}

/** @param random a number from 0 up to 1 */
export function drawFault({ requests }: Faults, random: number): RequestFault | undefined {
  if (requests === undefined) return undefined;
  let below = 0;
  for (const fault of REQUEST_FAULTS) {
    below += requests[fault] ?? 0;
    if (random < below) return fault;
  }
  return undefined;
}
