// What the gateway of the faults bench may do to a post.

import type { Answer } from '../support/scripted-gateway.ts';

/** By the first word of a connection's id; any other is answered well. */
export const TROUBLES = {
  throttled: { statusCode: 429 },
  gone: { statusCode: 410 },
  failing: { statusCode: 500 },
  silent: 'silence',
  resetting: 'reset',
} as const satisfies Record<string, Answer>;

export type Trouble = keyof typeof TROUBLES;

/** A post to it throttles everybody for a while. */
export const STORM_ID = 'storm';
export const STORM_MILLIS = 500;

/** Of the watched ticks, those before the storm. */
export const CALM_TICKS = 3;
