// Time that passes only when a test says so. Everything due runs in order of its moment; between two moments all
// promises settle first.

import { type Clock, STEP_MILLIS } from '../../lambdas/domain/ports.ts';

interface Sleeper {
  readonly wakeMillis: number;
  wake(): void;
}

/** True time. */
export class SimulatedClock implements Clock {
  readonly #startMillis: number;
  #now: number;
  /** In order of waking; sleepers of one moment in order of falling asleep. */
  readonly #sleepers: Sleeper[] = [];

  constructor(startMillis: number) {
    this.#startMillis = startMillis;
    this.#now = startMillis;
  }

  now(): number {
    return this.#now;
  }

  monotonicMillis(): number {
    return this.#now - this.#startMillis;
  }

  sleepUntil(epochMillis: number): Promise<void> {
    if (epochMillis <= this.#now) return Promise.resolve();
    return new Promise((wake) => {
      this.#sleepers.splice(this.#placeAfter(epochMillis), 0, { wakeMillis: epochMillis, wake });
    });
  }

  /** @returns where the sleepers begin that wake later */
  #placeAfter(wakeMillis: number): number {
    let [low, high] = [0, this.#sleepers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sleepers[middle]?.wakeMillis ?? 0) > wakeMillis) high = middle;
      else low = middle + 1;
    }
    return low;
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

export interface ClockSetting {
  /** How far the wall clock is ahead of true time. @default 0 */
  readonly offsetMillis?: number;
  /** How much both clocks gain on true time, in millionths. @default 0 */
  readonly driftPpm?: number;
}

/** Times of the 1.8e12 milliseconds since the epoch are rounded to a quarter of this. */
const ROUNDING_MILLIS = 0.001;

/** The clocks of one machine. They run on true time, with an error of their own. */
export class MachineClock implements Clock {
  readonly #timeline: SimulatedClock;
  readonly #bootMillis: number;
  readonly #rate: number;
  #offsetMillis: number;
  readonly #sleepers = new Set<() => void>();

  constructor(timeline: SimulatedClock, { offsetMillis = 0, driftPpm = 0 }: ClockSetting = {}) {
    this.#timeline = timeline;
    this.#bootMillis = timeline.now();
    this.#offsetMillis = offsetMillis;
    this.#rate = 1 + driftPpm / 1_000_000;
  }

  now(): number {
    return Math.floor(this.#wallMillis + ROUNDING_MILLIS);
  }

  monotonicMillis(): number {
    return (this.#timeline.now() - this.#bootMillis) * this.#rate;
  }

  /** How far the wall clock is ahead of true time now. */
  get aheadMillis(): number {
    return this.#wallMillis - this.#timeline.now();
  }

  get #wallMillis(): number {
    return this.#bootMillis + this.#offsetMillis + this.monotonicMillis();
  }

  /** Sets the wall clock ahead, or back when below zero. */
  step(millis: number): void {
    this.#offsetMillis += millis;
    for (const check of [...this.#sleepers]) check();
  }

  sleepUntil(epochMillis: number): Promise<void> {
    if (this.now() >= epochMillis) return Promise.resolve();
    const latestMillis = this.monotonicMillis() + epochMillis - this.#wallMillis + STEP_MILLIS;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = async () => {
      if (!this.#sleepers.has(check)) return;
      const restMillis = Math.min(epochMillis - this.#wallMillis, latestMillis - this.monotonicMillis());
      if (restMillis <= ROUNDING_MILLIS) {
        this.#sleepers.delete(check);
        resolve();
        return;
      }
      await this.#timeline.sleepUntil(this.#timeline.now() + restMillis / this.#rate);
      check();
    };
    this.#sleepers.add(check);
    check();
    return promise;
  }
}
