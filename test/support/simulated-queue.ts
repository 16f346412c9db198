// The wake queue of a shard, and the mapping that invokes the function for each of its messages.

import type { WakeMessage, WakeQueue } from '../../lambdas/domain/ports.ts';
import type { SimulatedWorld } from './simulated-world.ts';

/** The message of a killed invocation is delivered again after this time, which equals the function's timeout. */
const VISIBILITY_MILLIS = 150_000;

const RETENTION_MILLIS = 300_000;

const MAX_RECEIVES = 3;

/** One copy of a message. */
export interface QueuedMessage extends WakeMessage {
  readonly shard: number;
  readonly sentMillis: number;
  /** When the message should be delivered. */
  readonly dueMillis: number;
  /** When the message is delivered. Infinite if it is lost. */
  readonly deliveredMillis: number;
}

export class SimulatedQueue implements WakeQueue {
  readonly #world: SimulatedWorld;
  readonly #shard: number;

  constructor(world: SimulatedWorld, shard: number) {
    this.#world = world;
    this.#shard = shard;
  }

  async requestDate(): Promise<void> {
    if (this.#world.options.canSend === false) throw new Error('the queue does not answer');
  }

  async send(messages: readonly WakeMessage[]): Promise<void> {
    const { clock, options, machine } = this.#world;
    await this.requestDate();
    if (messages.length < 1 || messages.length > 10)
      throw new Error(`a batch has 1 to 10 messages: ${messages.length}`);
    const sentAtMillis = machine('queue').now();
    for (const message of messages) {
      const { delaySeconds } = message;
      const isDelay = Number.isInteger(delaySeconds) && delaySeconds >= 0 && delaySeconds <= 900;
      if (!isDelay) throw new Error(`a delay is a whole number of seconds from 0 to 900: ${delaySeconds}`);
      const sentMillis = clock.now();
      const dueMillis = sentMillis + delaySeconds * 1_000;
      const add = (deliveredMillis: number) => {
        this.#world.messages.push({ ...message, shard: this.#shard, sentMillis, dueMillis, deliveredMillis });
      };
      if (options.isLost?.()) {
        add(Number.POSITIVE_INFINITY);
        continue;
      }
      for (let copy = options.copies?.() ?? 1; copy > 0; copy--) {
        const deliveredMillis = dueMillis + (options.latenessMillis?.() ?? 0);
        add(deliveredMillis);
        this.#deliver(message, sentAtMillis, deliveredMillis, MAX_RECEIVES);
      }
    }
  }

  async #deliver(message: WakeMessage, sentAtMillis: number, atMillis: number, receivesLeft: number): Promise<void> {
    const { clock, options } = this.#world;
    await clock.sleepUntil(atMillis);
    await clock.sleepUntil(clock.now() + (options.coldStartMillis?.() ?? 300));
    const trigger = { reason: message.reason, message, sentAtMillis };
    const runner = this.#world.receive(this.#shard, trigger, receivesLeft < MAX_RECEIVES);
    if (runner === undefined || (await runner.ended) === 'returned') return;
    const againMillis = runner.arrivedMillis + VISIBILITY_MILLIS;
    if (receivesLeft > 1 && againMillis < atMillis + RETENTION_MILLIS) {
      this.#deliver(message, sentAtMillis, againMillis, receivesLeft - 1);
    }
  }
}
