// The server's time on this machine: what is known of it, what is shown of it, and how wrong that can be.

import { ClockFilter, type Probe, RESOLUTION_MILLIS, type Verdict } from './clock-filter.ts';
import { DisciplinedClock } from './disciplined-clock.ts';
import type { Ports } from './ports.ts';
import { SleepWatch } from './sleep-watch.ts';

export class ServerClock {
  readonly #ports: Pick<Ports, 'monotonicMillis' | 'wallMillis'>;
  readonly #slept: () => void;
  readonly #filter = new ClockFilter();
  readonly #clock = new DisciplinedClock();
  readonly #sleepWatch = new SleepWatch();

  /** @param slept called when the machine may have slept, from within any other call */
  constructor(ports: Pick<Ports, 'monotonicMillis' | 'wallMillis'>, slept: () => void) {
    this.#ports = ports;
    this.#slept = slept;
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
    return Math.max(high - offset, offset - low) + RESOLUTION_MILLIS;
  }

  get roundTrip(): number | undefined {
    return this.#filter.roundTrip;
  }

  #look(): number {
    const atMillis = this.#ports.monotonicMillis();
    if (this.#sleepWatch.mayHaveSlept(atMillis, this.#ports.wallMillis())) {
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
