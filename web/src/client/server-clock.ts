// The server's time on this machine: what is known of it, what is shown of it, and how wrong that can be.

import { ClockFilter, DRIFT, type Probe, type Verdict } from './clock-filter.ts';
import { ClockStep, measureSteps } from './clock-step.ts';
import { DisciplinedClock } from './disciplined-clock.ts';
import type { Ports } from './ports.ts';
import { SleepWatch } from './sleep-watch.ts';

/** The client probes so often before it lets the bound decide. With fewer answers, the estimate is off by more than
 *  half the round trip where delays vary by as much as their minimum. The best bound of so many answers is remembered.
 *  */
const OPENING_PROBES = 10;

type ClockPorts = Pick<Ports, 'monotonicMillis' | 'wallMillis' | 'setTimer'>;

export class ServerClock {
  readonly #ports: ClockPorts;
  readonly #slept: () => void;
  readonly #monotonicStep = new ClockStep();
  readonly #wallStep = new ClockStep();
  readonly #filter = new ClockFilter(this.#monotonicStep);
  readonly #clock = new DisciplinedClock();
  readonly #sleepWatch = new SleepWatch();
  /** The error bound after each of the last answers. */
  #boundsReached: readonly number[] = [];

  /** @param slept called when the machine may have slept, from within any other call */
  constructor(ports: ClockPorts, slept: () => void) {
    this.#ports = ports;
    this.#slept = slept;
    this.#look();
  }

  /** Measures the steps of both clocks. Without them the error bound is infinite. */
  measureSteps(): void {
    const { monotonicMillis, wallMillis, setTimer } = this.#ports;
    measureSteps(
      [
        { step: this.#monotonicStep, read: monotonicMillis },
        { step: this.#wallStep, read: wallMillis },
      ],
      setTimer,
    );
  }

  /** The moment by the monotonic clock. Take it first thing when something arrives. */
  moment(): number {
    return this.#look();
  }

  /** The next samples are of another cell's clock. */
  forget(): void {
    this.#filter.forget();
    this.#boundsReached = [];
  }

  addTick(sentAtMillis: number, atMillis: number): Verdict {
    return this.#filter.addTick(sentAtMillis, atMillis);
  }

  addProbe(probe: Probe): Verdict {
    const verdict = this.#filter.addProbe(probe);
    if (verdict === 'restarted') this.#boundsReached = [];
    const { high, low } = this.#margins(probe.t3);
    const reached = Math.max(high, low) + this.#monotonicStep.millis;
    if (reached < Infinity) this.#boundsReached = [...this.#boundsReached, reached].slice(-OPENING_PROBES);
    return verdict;
  }

  /** How long the error bound stays within the target if no message arrives, in milliseconds; 0 or less when it does
   *  not. Where the target cannot be reached, 1.5 times the smallest bound after the last answers takes its place. */
  holdsMillis(targetMillis: number): number {
    if (this.#boundsReached.length < OPENING_PROBES) return 0;
    const limit = Math.max(targetMillis, 1.5 * Math.min(...this.#boundsReached)) - this.#monotonicStep.millis;
    const { high, low } = this.#margins(this.#look());
    if (!Number.isFinite(high + low)) return 0;
    // The estimate moves within the bounds at the estimated rate, while each bound moves away at the allowed drift.
    const rate = Math.min(Math.max(this.#filter.rate, -0.9 * DRIFT), 0.9 * DRIFT);
    return Math.min((limit - high) / (DRIFT - rate), (limit - low) / (DRIFT + rate));
  }

  /** From the estimate to each bound. The time that is shown may still be on its way to the estimate. */
  #margins(atMillis: number): { readonly high: number; readonly low: number } {
    const estimate = this.#filter.estimate(atMillis) ?? Number.NaN;
    const { low, high } = this.#filter.bounds(atMillis);
    return { high: high - estimate, low: estimate - low };
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
