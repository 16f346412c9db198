// Decides from the relay whether a runner is active. Runners and `$connect` use the same rules.

import type { RelayState } from './ports.ts';

/** From this interval on, no runner stays between two ticks. A message starts the runner of the next tick. */
const SLEEP_FROM_MILLIS = 5_000;

/** A tick that is not claimed this long after its boundary is normally not sent. */
const LATE_CLAIM_MILLIS = 500;

/** A claimed boundary that is further ahead than this is void. Runners claim at most 1.9 s ahead at intervals below 5 s
 *  (awake), and at most 3.5 s ahead from 5 s on (sleeping), so the
 *  clock of its runner was wrong, or was set back since. */
const FUTURE_LIMIT_MILLIS = { awake: 3_000, sleeping: 4_500 };

/** Returns whether the runners of this interval sleep, which means that none stays between two ticks. */
export function isSleeping(intervalMillis: number): boolean {
  return intervalMillis >= SLEEP_FROM_MILLIS;
}

/** Returns whether the boundary is so far in the future that only a wrong clock can have claimed it. */
export function isVoid(boundaryMillis: number, nowMillis: number, intervalMillis: number): boolean {
  return boundaryMillis > nowMillis + FUTURE_LIMIT_MILLIS[isSleeping(intervalMillis) ? 'sleeping' : 'awake'];
}

/** Returns whether a runner claims the ticks of the shard. A runner that has failed counts as active until the next
 *  boundary is 500 ms overdue. A runner that has left because the shard was empty does not count. */
export function hasActiveRunner(state: RelayState, nowMillis: number, intervalMillis: number): boolean {
  const { wasEmptySinceLastClaim, lastBoundaryMillis } = state;
  if (wasEmptySinceLastClaim || isVoid(lastBoundaryMillis, nowMillis, intervalMillis)) return false;
  return lastBoundaryMillis >= nowMillis - intervalMillis - LATE_CLAIM_MILLIS;
}
