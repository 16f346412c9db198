// Time that passes only when a test says so. Everything due runs in order of its moment; between two moments all
// promises settle first.

import type { Clock } from '../../lambdas/domain/ports.ts';

interface Sleeper {
  readonly wakeMillis: number;
  wake(): void;
}

export class SimulatedClock implements Clock {
  #now: number;
  /** In order of waking; sleepers of one moment in order of falling asleep. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMillis: number) {
    this.#now = startMillis;
  }

  now(): number {
    return this.#now;
  }

  sleepUntil(epochMillis: number): Promise<void> {
    if (epochMillis <= this.#now) return Promise.resolve();
    return new Promise((wake) => {
      let place = this.#sleepers.length;
      while (place > 0 && (this.#sleepers[place - 1]?.wakeMillis ?? 0) > epochMillis) place--;
      this.#sleepers.splice(place, 0, { wakeMillis: epochMillis, wake });
    });
  }

  /** Lets time pass up to the moment. */
  async advanceTo(epochMillis: number): Promise<void> {
    await settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.wakeMillis <= epochMillis; next = this.#sleepers[0]) {
      this.#sleepers.shift();
      this.#now = next.wakeMillis;
      next.wake();
      await settle();
    }
    this.#now = Math.max(this.#now, epochMillis);
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
