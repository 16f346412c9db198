// When runners count as alive, for one another and for `$connect` alike.

import type { RelayState } from './ports.ts';

/** Leader and stand-by write to the relay once an interval; silent for this much longer, they no longer count. */
const SILENCE_SLACK_MILLIS = 500;

/** @returns epoch; who was last heard of before it is dead */
export function silentSince(nowMillis: number, intervalMillis: number): number {
  return nowMillis - intervalMillis - SILENCE_SLACK_MILLIS;
}

/** Somebody claims the ticks, or is about to. Who has just died looks alive until the silence has lasted long enough. */
export function isAtWork(state: RelayState, nowMillis: number, intervalMillis: number): boolean {
  const heardOfMillis = Math.max(state.lastBoundaryMillis, state.standBySeenMillis);
  return !state.isIdle && heardOfMillis >= silentSince(nowMillis, intervalMillis);
}
