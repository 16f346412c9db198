// The faulty answers of the gateway in the faults benchmark.

import type { Answer } from '../support/scripted-gateway.ts';

/** Answers by the first word of a connection id. A post to any other connection succeeds. */
export const FAULTS = {
  throttled: { statusCode: 429 },
  gone: { statusCode: 410 },
  failing: { statusCode: 500 },
  silent: 'silence',
  resetting: 'reset',
} as const satisfies Record<string, Answer>;

export type Fault = keyof typeof FAULTS;

/** A post to this connection id starts a storm: the gateway answers all posts with 429 for {@link STORM_MILLIS}. */
export const STORM_ID = 'storm';
export const STORM_MILLIS = 500;

/** Number of watched ticks before the storm begins. */
export const TICKS_BEFORE_STORM = 3;
