// The messages by which a runner has others started after it: guards in case it fails, its successor, and at long intervals the
// runner of the next tick. docs/decisions/0002-relay.md has the reasons for the times.

import type { Clock, Log, WakeMessage, WakeQueue } from './ports.ts';

/** Sent when a runner arrives to lead. It is the only one until the runner has won a claim, or guards would multiply while the
 *  table takes no writes. */
const ARRIVAL_GUARD_SECONDS = 3;

/** Sent when a runner has won its first claim: the first guard that finds no claims leads. */
const FIRST_GUARDS_SECONDS = [6, 8];

/** While it leads, a guard with this delay is sent at the first tick after this time: every 3 s at an interval of 1 s. */
const GUARD_PERIOD_MILLIS = 2_500;
const GUARD_DELAY_SECONDS = 8;

/** How long before its boundary the runner of a tick arrives at the latest. The precision of SQS delays is unconfirmed,
 *  so the lead grows with the lateness that was seen. Delays are whole seconds: up to one second is added. */
export const MIN_LEAD_MILLIS = 1_400;
const MAX_LEAD_MILLIS = 2_400;

/** How much of a lateness the next lead forgets. */
const LEAD_DECAY = 0.1;

/** A message that no runner could act on is sent again after this delay, so often at most. */
const RETRY_DELAY_SECONDS = 2;
const MAX_ATTEMPTS = 16;

/** How often a message is sent that the queue did not take, and how long after. */
const SEND_ATTEMPTS = 3;
const SEND_RETRY_MILLIS = 200;

/** How long a run waits at its end for messages under way. */
const SETTLING_MILLIS = 1_000;

type UnsentMessage = Omit<WakeMessage, 'sentBy'>;

export interface WakeUpPorts {
  readonly clock: Clock;
  readonly queue: WakeQueue;
  readonly log: Log;
}

export class WakeUps {
  readonly #ports: WakeUpPorts;
  readonly #sentBy: string;
  readonly #underWay = new Set<Promise<void>>();
  #guardedAtMillis = Number.NEGATIVE_INFINITY;

  constructor(runnerId: string, ports: WakeUpPorts) {
    this.#sentBy = runnerId;
    this.#ports = ports;
  }

  guardArrival(): void {
    this.#send([{ reason: 'guard', delaySeconds: ARRIVAL_GUARD_SECONDS }]);
  }

  /** To be called after the first claim that was won. */
  guardLeader(): void {
    this.#guardedAtMillis = this.#ports.clock.monotonicMillis();
    this.#send(FIRST_GUARDS_SECONDS.map((delaySeconds) => ({ reason: 'guard', delaySeconds })));
  }

  /** To be called after each claim that was won. */
  keepGuarded(): void {
    if (this.#ports.clock.monotonicMillis() - this.#guardedAtMillis < GUARD_PERIOD_MILLIS) return;
    this.#guardedAtMillis = this.#ports.clock.monotonicMillis();
    this.#send([{ reason: 'guard', delaySeconds: GUARD_DELAY_SECONDS }]);
  }

  /** Calls the runner of a tick, and a guard of the tick after it, which leads when that runner has failed. Only the winner of a claim
   *  calls the runner of the next tick, or chains of calls would multiply; two runners called for one tick become one.
   *  @param leadMillis how long before the boundary it should arrive at the latest */
  callFor(boundaryMillis: number, intervalMillis: number, leadMillis: number): Promise<void> {
    const guard = this.#call(boundaryMillis + intervalMillis, leadMillis);
    return this.#send([
      this.#call(boundaryMillis, leadMillis),
      { ...guard, reason: 'guard', delaySeconds: guard.delaySeconds + 1 },
    ]);
  }

  #call(boundaryMillis: number, leadMillis: number): UnsentMessage {
    const untilMillis = boundaryMillis - leadMillis - this.#ports.clock.now();
    return { reason: 'tick', delaySeconds: Math.max(0, Math.floor(untilMillis / 1000)), boundaryMillis, leadMillis };
  }

  /** Has another runner take over at once. */
  relieve(attempts = 0): Promise<void> {
    return attempts < MAX_ATTEMPTS ? this.#send([{ reason: 'relieve', delaySeconds: 0, attempts }]) : Promise.resolve();
  }

  /** Sends a message again, for a runner that could not act on it. */
  retry(message: Omit<WakeMessage, 'delaySeconds' | 'sentBy'>): Promise<void> {
    const attempts = (message.attempts ?? 0) + 1;
    if (attempts > MAX_ATTEMPTS) return Promise.resolve();
    return this.#send([{ ...message, attempts, delaySeconds: RETRY_DELAY_SECONDS }]);
  }

  #send(messages: readonly UnsentMessage[]): Promise<void> {
    const sending = this.#trySend(messages.map((message) => ({ ...message, sentBy: this.#sentBy })));
    this.#underWay.add(sending);
    return sending.finally(() => this.#underWay.delete(sending));
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

  /** Lambda freezes pending work when the function returns. */
  async settle(): Promise<void> {
    const { clock } = this.#ports;
    await Promise.race([Promise.all(this.#underWay), clock.sleepUntil(clock.now() + SETTLING_MILLIS)]);
  }
}

/** @param leadMillis of the message that started this runner
 *  @param latenessMillis of that message
 *  @returns how long before the next boundary the next runner should arrive */
export function nextLead(leadMillis: number, latenessMillis: number): number {
  const forgotten = MIN_LEAD_MILLIS + (leadMillis - MIN_LEAD_MILLIS) * (1 - LEAD_DECAY);
  return Math.round(Math.min(MAX_LEAD_MILLIS, Math.max(forgotten, MIN_LEAD_MILLIS + latenessMillis)));
}
