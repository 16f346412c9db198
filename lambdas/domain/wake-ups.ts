// The messages that a runner sends to start other runners. Each message starts one runner after a delay. The runner
// that a guard starts replaces a leader that has failed. Other messages start the successor of a leader, or, at
// intervals from 5 s on, the runner of the next tick. docs/decisions/0002-relay.md has the reasons for the delays.

import type { Clock, Log, WakeMessage, WakeQueue } from './ports.ts';

/** Delay of the guard that a runner sends before its first claim. It sends no other guard until it has won a claim.
 *  Otherwise guards would multiply while the table accepts no writes. */
const ARRIVAL_GUARD_SECONDS = 3;

/** Delays of the guards that a runner sends after its first claim that was not lost. */
const FIRST_GUARDS_SECONDS = [6, 8];

/** A leader sends a further guard at the first tick that is this long after its last guard. At an interval of 1 s
 *  that is every 3 s. */
const GUARD_PERIOD_MILLIS = 2_500;
const GUARD_DELAY_SECONDS = 8;

/** The lead: the message that starts the runner of a tick is due at least this long before the boundary. Delays are
 *  whole seconds, so the message may be due up to one second earlier. The precision of SQS delays is unconfirmed, so
 *  the lead grows with the lateness that runners measure. */
export const MIN_LEAD_MILLIS = 1_400;
const MAX_LEAD_MILLIS = 2_400;

/** With each tick, the part of the lead that exceeds the minimum shrinks by this share. */
const LEAD_DECAY = 0.1;

/** A runner that cannot act on its message sends it again with this delay. */
const RETRY_DELAY_SECONDS = 2;
/** Maximum number of times that a message is sent again. */
const MAX_ATTEMPTS = 16;

/** How often a runner tries to send a message to the queue. */
const SEND_ATTEMPTS = 3;
const SEND_RETRY_MILLIS = 200;

/** How long a run waits at its end for messages that are in flight. */
const FLUSH_MILLIS = 1_000;

type UnsentMessage = Omit<WakeMessage, 'sentBy'>;

export interface WakeUpPorts {
  readonly clock: Clock;
  readonly queue: WakeQueue;
  readonly log: Log;
}

export class WakeUps {
  readonly #ports: WakeUpPorts;
  readonly #sentBy: string;
  readonly #inFlight = new Set<Promise<void>>();
  /** When this runner last sent a guard, by the monotonic clock. */
  #guardedAtMillis = Number.NEGATIVE_INFINITY;

  constructor(runnerId: string, ports: WakeUpPorts) {
    this.#sentBy = runnerId;
    this.#ports = ports;
  }

  /** Sends the guard before the first claim. */
  sendArrivalGuard(): void {
    this.#send([{ reason: 'guard', delaySeconds: ARRIVAL_GUARD_SECONDS }]);
  }

  /** Sends two guards. Call it after the first claim that was not lost. */
  sendLeaderGuards(): void {
    this.#guardedAtMillis = this.#ports.clock.monotonicMillis();
    this.#send(FIRST_GUARDS_SECONDS.map((delaySeconds) => ({ reason: 'guard', delaySeconds })));
  }

  /** Sends a further guard if it is due. Call it after each tick that was sent. */
  renewGuards(): void {
    if (this.#ports.clock.monotonicMillis() - this.#guardedAtMillis < GUARD_PERIOD_MILLIS) return;
    this.#guardedAtMillis = this.#ports.clock.monotonicMillis();
    this.#send([{ reason: 'guard', delaySeconds: GUARD_DELAY_SECONDS }]);
  }

  /** Sends two messages: one starts the runner of a tick. The other is a guard for the following tick. The runner of
   *  the guard sends that following tick if it is unclaimed. If a `tick` and a `guard` message start two runners for
   *  the same tick, the runner that loses the claim sends no messages. So the number of runners does not grow.
   *  @param leadMillis how long before the boundary the runner should arrive, at least */
  sendTickMessages(boundaryMillis: number, intervalMillis: number, leadMillis: number): Promise<void> {
    const guard = this.#tickMessage(boundaryMillis + intervalMillis, leadMillis);
    return this.#send([
      this.#tickMessage(boundaryMillis, leadMillis),
      { ...guard, reason: 'guard', delaySeconds: guard.delaySeconds + 1 },
    ]);
  }

  #tickMessage(boundaryMillis: number, leadMillis: number): UnsentMessage {
    const untilMillis = boundaryMillis - leadMillis - this.#ports.clock.now();
    return { reason: 'tick', delaySeconds: Math.max(0, Math.floor(untilMillis / 1000)), boundaryMillis, leadMillis };
  }

  /** Sends a `relieve` message without delay, so that another runner takes over.
   *  @param attempts how many runners in a row could not continue; no message is sent from 16 on */
  callSuccessor(attempts = 0): Promise<void> {
    return attempts < MAX_ATTEMPTS ? this.#send([{ reason: 'relieve', delaySeconds: 0, attempts }]) : Promise.resolve();
  }

  /** Sends the message that started this runner again, because the runner could not act on it. */
  retry(message: Omit<WakeMessage, 'delaySeconds' | 'sentBy'>): Promise<void> {
    const attempts = (message.attempts ?? 0) + 1;
    if (attempts > MAX_ATTEMPTS) return Promise.resolve();
    return this.#send([{ ...message, attempts, delaySeconds: RETRY_DELAY_SECONDS }]);
  }

  #send(messages: readonly UnsentMessage[]): Promise<void> {
    const sending = this.#trySend(messages.map((message) => ({ ...message, sentBy: this.#sentBy })));
    this.#inFlight.add(sending);
    return sending.finally(() => this.#inFlight.delete(sending));
  }

  async #trySend(messages: readonly WakeMessage[]): Promise<void> {
    const { clock, queue, log } = this.#ports;
    for (let attempt = 1; ; attempt++) {
      try {
        return await queue.send(messages);
      } catch (error) {
        log.warn('the queue did not take a message', { error, attempt, reason: messages[0]?.reason });
        if (attempt === SEND_ATTEMPTS) return;
      }
      await clock.sleepUntil(clock.now() + SEND_RETRY_MILLIS);
    }
  }

  /** Waits for messages in flight, up to 1 s, because Lambda freezes pending work when the function returns. */
  async flush(): Promise<void> {
    const { clock } = this.#ports;
    await Promise.race([Promise.all(this.#inFlight), clock.sleepUntil(clock.now() + FLUSH_MILLIS)]);
  }
}

/** @param leadMillis lead of the message that started this runner
 *  @param latenessMillis how late that message arrived
 *  @returns how long before its boundary the next runner should arrive */
export function nextLead(leadMillis: number, latenessMillis: number): number {
  const decayed = MIN_LEAD_MILLIS + (leadMillis - MIN_LEAD_MILLIS) * (1 - LEAD_DECAY);
  return Math.round(Math.min(MAX_LEAD_MILLIS, Math.max(decayed, MIN_LEAD_MILLIS + latenessMillis)));
}
