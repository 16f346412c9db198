// When a relay counts as alive, for runners and for `$connect` alike.

import type { RelayState } from './ports.ts';

/** Leader and stand-by write to the relay once an interval; silent for this much longer, they no longer count. */
const SILENCE_SLACK_MILLIS = 500;

/** @returns epoch; who was last seen before it is dead */
export function silenceMillis(nowMillis: number, intervalMillis: number): number {
  return nowMillis - intervalMillis - SILENCE_SLACK_MILLIS;
}

/** Somebody claims the ticks. A leader that has just died looks alive until it has been silent for long enough. */
export function isAtWork(state: RelayState, nowMillis: number, intervalMillis: number): boolean {
  return !state.isIdle && state.lastBoundaryMillis >= silenceMillis(nowMillis, intervalMillis);
}
