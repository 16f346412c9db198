// What API Gateway accepts for one cell: token buckets of the account and of the routes.

import { throttleFor } from '../../lib/throttle.ts';
import { AWS_LIMITS } from '../../local/gateway/limits.ts';
import { TokenBucket } from '../../local/gateway/throttle.ts';
import type { Plan } from './plan.ts';

export class SimulatedGateway {
  readonly #account: TokenBucket;
  readonly #handshakes: TokenBucket;
  readonly #connects: TokenBucket;
  readonly #messages: TokenBucket;

  constructor({ quota, places }: Plan, newConnectionsPerSecond = AWS_LIMITS.newConnectionsPerSecond) {
    const { connects, messages } = throttleFor(places, quota);
    this.#account = new TokenBucket(quota.requestsPerSecond, quota.burst);
    this.#handshakes = new TokenBucket(newConnectionsPerSecond, newConnectionsPerSecond);
    this.#connects = new TokenBucket(connects.rateLimit ?? 0, connects.burstLimit ?? 0);
    this.#messages = new TokenBucket(messages.rateLimit ?? 0, messages.burstLimit ?? 0);
  }

  acceptsPost(nowMillis: number): boolean {
    return this.#account.take(nowMillis);
  }

  acceptsHandshake(nowMillis: number): boolean {
    return this.#handshakes.take(nowMillis) && this.#connects.take(nowMillis) && this.#account.take(nowMillis);
  }

  acceptsMessage(nowMillis: number): boolean {
    return this.#messages.take(nowMillis) && this.#account.take(nowMillis);
  }
}
