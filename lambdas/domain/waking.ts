// Starts a runner when a viewer connects while no runner is active. If many viewers connect at once, only the first
// of them does it.

import type { Clock, Log, RelayStore, WakeQueue } from './ports.ts';

/** After this time another viewer may start a runner, because the first attempt may have failed. */
export const WAKING_MILLIS = 2_000;

const WAKE_DELAYS_SECONDS = [0, 1, 2];

export interface WakingPorts {
  readonly clock: Clock;
  readonly relay: RelayStore;
  readonly queue: WakeQueue;
  readonly log: Log;
}

/** Sends three messages, because one may be lost or late. The second and third runner leave if the first is active.
 *  Never rejects: if the queue does not accept the messages, the schedule starts a runner later.
 *  @param sentBy connection id of the viewer */
export async function wakeRunner(sentBy: string, { clock, relay, queue, log }: WakingPorts): Promise<void> {
  // If the table does not answer, send the messages anyway. Messages of two viewers do no harm.
  const isFirst = await relay.beginWaking(sentBy, clock.now(), WAKING_MILLIS).catch(() => true);
  if (!isFirst) return;
  const messages = WAKE_DELAYS_SECONDS.map((delaySeconds) => ({ reason: 'wake', delaySeconds, sentBy }) as const);
  await queue
    .send(messages)
    .catch((error) => log.warn('could not wake a runner; the schedule will start one', { error }));
}
