// What API Gateway admits of one cell: token buckets of the account and of the routes.

import { throttleFor } from '../../lib/throttle.ts';
import { AWS_LIMITS } from '../../local/gateway/limits.ts';
import { TokenBucket } from '../../local/gateway/throttle.ts';
import type { Plan } from './plan.ts';

export class SimulatedGateway {
  readonly #account: TokenBucket;
  readonly #handshakes: TokenBucket;
  readonly #connects: TokenBucket;
  readonly #messages: TokenBucket;
  /** Requests that were refused for being too many. */
  readonly refused = { posts: 0, handshakes: 0, messages: 0 };

  constructor({ quota, places }: Plan, newConnectionsPerSecond = AWS_LIMITS.newConnectionsPerSecond) {
    const { connects, messages } = throttleFor(places, quota);
    this.#account = new TokenBucket(quota.requestsPerSecond, quota.burst);
    this.#handshakes = new TokenBucket(newConnectionsPerSecond, newConnectionsPerSecond);
    this.#connects = new TokenBucket(connects.rateLimit ?? 0, connects.burstLimit ?? 0);
    this.#messages = new TokenBucket(messages.rateLimit ?? 0, messages.burstLimit ?? 0);
  }

  takesPost(nowMillis: number): boolean {
    return this.#account.take(nowMillis) || !++this.refused.posts;
  }

  takesHandshake(nowMillis: number): boolean {
    const isTaken = this.#handshakes.take(nowMillis) && this.#connects.take(nowMillis) && this.#account.take(nowMillis);
    return isTaken || !++this.refused.handshakes;
  }

  takesMessage(nowMillis: number): boolean {
    return (this.#messages.take(nowMillis) && this.#account.take(nowMillis)) || !++this.refused.messages;
  }
}
