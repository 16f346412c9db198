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

/** Of a sum of shares. */
const ROUNDING = 1e-9;

/** @throws RangeError naming the share that is not allowed */
export function checkFaults(faults: Faults): Faults {
  const { requests = {}, latencyMillis = 0, lostDisconnects = 0 } = faults;
  const shares = {
    ...requests,
    lostDisconnects,
    'of all requests': Object.values(requests).reduce((a, b) => a + b, 0),
  };
  for (const [name, share] of Object.entries(shares)) {
    if (!(share >= 0 && share <= 1 + ROUNDING))
      throw new RangeError(`the share ${name} must be from 0 to 1, got ${share}`);
  }
  for (const name of Object.keys(requests)) {
    if (!REQUEST_FAULTS.includes(name as RequestFault)) {
      throw new RangeError(`there is no fault "${name}", only ${REQUEST_FAULTS.join(', ')}`);
    }
  }
  if (!(latencyMillis >= 0 && latencyMillis < 2 ** 31)) {
    throw new RangeError(`latencyMillis must be from 0 to ${2 ** 31 - 1}, got ${latencyMillis}`);
  }
  return faults;
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
