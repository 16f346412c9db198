// Limits the requests per second with token buckets, like API Gateway.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html

import type { Limits } from './limits.ts';

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #atMillis = Number.NEGATIVE_INFINITY;

  /** The bucket is full at first. */
  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Takes tokens. @returns false if there are not enough, and then takes none */
  take(nowMillis: number, count = 1): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    const gained = (Math.max(0, nowMillis - this.#atMillis) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#atMillis = Math.max(this.#atMillis, nowMillis);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }
}

/** The token buckets of one account with one API and one stage. */
export class Throttle {
  readonly #handshakes: TokenBucket;
  readonly #stage: TokenBucket;
  readonly #account: TokenBucket;

  constructor(limits: Limits) {
    this.#handshakes = new TokenBucket(limits.newConnectionsPerSecond, Math.max(1, limits.newConnectionsPerSecond));
    this.#stage = new TokenBucket(limits.stageRequestsPerSecond, limits.stageRequestBurst);
    this.#account = new TokenBucket(limits.requestsPerSecond, limits.requestBurst);
  }

  admitsHandshake(nowMillis: number): boolean {
    return this.#handshakes.take(nowMillis) && this.admitsMessage(nowMillis);
  }

  admitsMessage(nowMillis: number): boolean {
    return this.#stage.take(nowMillis) && this.#account.take(nowMillis);
  }

  /** Counts a request to the @connections API. */
  admitsCallback(nowMillis: number): boolean {
    return this.#account.take(nowMillis);
  }
}
