// Delivers `$disconnect` events a few at a time, so that a thousand viewers that leave at once do not use up the
// concurrency of the account. AWS delivers these events with best effort. How many at a time is unconfirmed.

import type { GatewayEvent } from './proxy-event.ts';

export const MAX_CONCURRENT_DISCONNECTS = 16;

export class Disconnects {
  readonly #deliver: (event: GatewayEvent) => Promise<unknown>;
  readonly #waiting: GatewayEvent[] = [];
  #delivering = 0;

  /** @param deliver must not reject */
  constructor(deliver: (event: GatewayEvent) => Promise<unknown>) {
    this.#deliver = deliver;
  }

  add(event: GatewayEvent): void {
    this.#waiting.push(event);
    this.#deliverNext();
  }

  /** Drops the waiting events. */
  clear(): void {
    this.#waiting.length = 0;
  }

  #deliverNext(): void {
    while (this.#delivering < MAX_CONCURRENT_DISCONNECTS) {
      const event = this.#waiting.shift();
      if (event === undefined) return;
      this.#delivering++;
      this.#deliver(event).then(() => {
        this.#delivering--;
        this.#deliverNext();
      });
    }
  }
}
