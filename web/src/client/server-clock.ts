// The server's time on this machine: what is known of it, what is shown of it, and how wrong that can be.

import { ClockFilter, type Probe, type Verdict } from './clock-filter.ts';
import { ClockStep, measureSteps } from './clock-step.ts';
import { DisciplinedClock } from './disciplined-clock.ts';
import type { Ports } from './ports.ts';
import { SleepWatch } from './sleep-watch.ts';

export class ServerClock {
  readonly #ports: Pick<Ports, 'monotonicMillis' | 'wallMillis'>;
  readonly #slept: () => void;
  readonly #monotonicStep = new ClockStep();
  readonly #wallStep = new ClockStep();
  readonly #filter = new ClockFilter(this.#monotonicStep);
  readonly #clock = new DisciplinedClock();
  readonly #sleepWatch = new SleepWatch();

  /** @param slept called when the machine may have slept, from within any other call */
  constructor(ports: Pick<Ports, 'monotonicMillis' | 'wallMillis'>, slept: () => void) {
    this.#ports = ports;
    this.#slept = slept;
    measureSteps([
      { step: this.#monotonicStep, read: () => ports.monotonicMillis() },
      { step: this.#wallStep, read: () => ports.wallMillis() },
    ]);
    this.#look();
  }

  /** The moment by the monotonic clock. Take it first thing when something arrives. */
  moment(): number {
    return this.#look();
  }

  addTick(sentAtMillis: number, atMillis: number): Verdict {
    return this.#filter.addTick(sentAtMillis, atMillis);
  }

  addProbe(probe: Probe): Verdict {
    return this.#filter.addProbe(probe);
  }

  /** @returns milliseconds since the epoch, never less than before; undefined before anything is known */
  now(): number | undefined {
    return this.#read(this.#look());
  }

  /** What the system's clock lacks to the server's time. */
  get offset(): number | undefined {
    const now = this.now();
    return now === undefined ? undefined : now - this.#ports.wallMillis();
  }

  /** The server's time is at most this far from `now()`. */
  get errorBound(): number {
    const atMillis = this.#look();
    const now = this.#read(atMillis);
    if (now === undefined) return Infinity;
    const { low, high } = this.#filter.bounds(atMillis);
    const offset = now - atMillis;
    return Math.max(high - offset, offset - low) + this.#monotonicStep.millis;
  }

  /** What the system's clock lacks to the server's time is at most this far from `offset`. */
  get offsetErrorBound(): number {
    return this.errorBound + this.#wallStep.millis;
  }

  get roundTrip(): number | undefined {
    return this.#filter.roundTrip;
  }

  #look(): number {
    const atMillis = this.#ports.monotonicMillis();
    const wallMillis = this.#ports.wallMillis();
    this.#monotonicStep.observe(atMillis);
    this.#wallStep.observe(wallMillis);
    const roundingMillis = this.#monotonicStep.millis + this.#wallStep.millis;
    if (this.#sleepWatch.mayHaveSlept(atMillis, wallMillis, roundingMillis)) {
      this.#filter.doubtUpperBound();
      this.#slept();
    }
    return atMillis;
  }

  #read(atMillis: number): number | undefined {
    const offset = this.#filter.estimate(atMillis);
    return offset === undefined ? undefined : this.#clock.read(atMillis, atMillis + offset);
  }
}
