// What `$connect` does when it finds no runner at work: it wakes one, and only one however many viewers come at once.

import type { Clock, Log, RelayStore, WakeQueue } from './ports.ts';

/** A runner that has not come by then is given up, and another may be woken. */
export const WAKING_MILLIS = 2_000;

const WAKE_DELAYS_SECONDS = [0, 1, 2];

export interface WakingPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly queue: WakeQueue;
  readonly log: Log;
}

/** Sends three messages, since one may be lost or late; the other runners find the first at work and leave.
 *  @param sentBy connection id of the viewer
 *  @returns never rejects: when no runner can be woken, the schedule will start one */
export async function wakeRunner(sentBy: string, { clock, relay, queue, log }: WakingPorts): Promise<void> {
  // When the table does not answer, another viewer may be waking one already: two do no harm.
  const isFirst = await relay.beginWaking(sentBy, clock.now(), WAKING_MILLIS).catch(() => true);
  if (!isFirst) return;
  const messages = WAKE_DELAYS_SECONDS.map((delaySeconds) => ({ reason: 'wake', delaySeconds, sentBy }) as const);
  await queue
    .send(messages)
    .catch((error) => log.warn('could not wake a runner; the schedule will start one', { error }));
}
