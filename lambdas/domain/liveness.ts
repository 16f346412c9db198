// When a relay counts as alive, for runners and for `$connect` alike.

import type { RelayState } from './ports.ts';

/** From this interval on no runner stays between two ticks: a message wakes the next one. */
const SLEEP_FROM_MILLIS = 5_000;

/** A tick is claimed before its boundary; one that is unclaimed for this long after it will not come. */
const SILENCE_SLACK_MILLIS = 500;

/** No runner with a right clock claims further ahead. A boundary beyond was claimed by a clock that was wrong, or
 *  that has been set back since. */
const FUTURE_LIMIT_MILLIS = { awake: 3_000, sleeping: 4_500 };

export function isSleeping(intervalMillis: number): boolean {
  return intervalMillis >= SLEEP_FROM_MILLIS;
}

/** A boundary that lies in a future in which no right clock claims. */
export function isVoid(boundaryMillis: number, nowMillis: number, intervalMillis: number): boolean {
  return boundaryMillis > nowMillis + FUTURE_LIMIT_MILLIS[isSleeping(intervalMillis) ? 'sleeping' : 'awake'];
}

/** Ticks are claimed, or are about to be. A runner that has just died looks alive until the silence has lasted long
 *  enough; one that has left because the shard was empty does not. */
export function hasActiveRunner(state: RelayState, nowMillis: number, intervalMillis: number): boolean {
  const { wasEmptySinceLastClaim, lastBoundaryMillis } = state;
  if (wasEmptySinceLastClaim || isVoid(lastBoundaryMillis, nowMillis, intervalMillis)) return false;
  return lastBoundaryMillis >= nowMillis - intervalMillis - SILENCE_SLACK_MILLIS;
}
