// Simulated time, which passes only when a test advances it. Everything that is due runs in order of its time. Between
// two times all promises settle first.

import { type Clock, STEP_MILLIS } from '../../lambdas/domain/ports.ts';
import { Timeline } from './timeline.ts';

/** True time. */
export class SimulatedClock implements Clock {
  readonly #startMillis: number;
  readonly #timeline: Timeline;

  constructor(startMillis: number) {
    this.#startMillis = startMillis;
    this.#timeline = new Timeline(startMillis);
  }

  now(): number {
    return this.#timeline.nowMillis;
  }

  monotonicMillis(): number {
    return this.now() - this.#startMillis;
  }

  sleepUntil(epochMillis: number): Promise<void> {
    if (epochMillis <= this.now()) return Promise.resolve();
    return new Promise((wake) => {
      this.#timeline.plan(epochMillis, wake);
    });
  }

  /** Advances time to this time. */
  async advanceTo(epochMillis: number): Promise<void> {
    do await settle();
    while (this.#timeline.runNext(epochMillis));
    this.#timeline.advanceTo(epochMillis);
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface ClockSetting {
  /** How far the wall clock is ahead of true time. @default 0 */
  readonly offsetMillis?: number;
  /** How fast both clocks gain on true time, in millionths. @default 0 */
  readonly driftPpm?: number;
}

/** Tolerance for rounding: Unix times of 1.8e12 ms are rounded to a quarter of this. */
const ROUNDING_MILLIS = 0.001;

/** The clocks of one machine. They follow true time with an error. */
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

  /** How far the wall clock is ahead of true time. */
  get aheadMillis(): number {
    return this.#wallMillis - this.#timeline.now();
  }

  get #wallMillis(): number {
    return this.#bootMillis + this.#offsetMillis + this.monotonicMillis();
  }

  /** Sets the wall clock ahead, or back if the value is negative. */
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
