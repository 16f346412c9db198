// Waking a runner: one at a time, whoever asks.

import type { Clock, Log, RelayStore, Waker } from './ports.ts';

/** A runner that has not come by then is given up, and another may be woken. */
export const WAKING_MILLIS = 2_000;

export interface WakingPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly waker: Waker;
  readonly log: Log;
}

/** @param wokenBy unique to the occasion
 *  @returns never rejects: when nobody can be woken, the schedule will start a runner */
export async function wakeRunner(wokenBy: string, { clock, relay, waker, log }: WakingPorts): Promise<void> {
  const now = clock.now();
  // When the store does not say whether somebody else wakes one already: two do no harm.
  const isFirst = await relay.beginWaking(wokenBy, now, now - WAKING_MILLIS).catch(() => true);
  if (!isFirst) return;
  await waker.wake().catch((error) => log.warn('could not wake a runner; the schedule will start one', { error }));
}
