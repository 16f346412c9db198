// The server's time on this machine: the estimate, the time for display, and the error bound.

import { ClockFilter, DRIFT, type Probe, type Verdict } from './clock-filter.ts';
import { ClockStep, measureSteps } from './clock-step.ts';
import { DisciplinedClock } from './disciplined-clock.ts';
import type { Ports } from './ports.ts';
import { SleepWatch } from './sleep-watch.ts';

/** Number of probes before the error bound decides about further ones. With fewer answers, the error of the estimate
 *  can exceed half the round trip if delays vary by as much as their minimum. Also the number of answers whose best
 *  bound is remembered. */
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
  /** The error bounds after the latest answers. */
  #boundsReached: readonly number[] = [];

  /** @param slept called during any other call if the machine may have slept */
  constructor(ports: ClockPorts, slept: () => void) {
    this.#ports = ports;
    this.#slept = slept;
    this.#look();
  }

  /** Measures the steps of both clocks. Before that the error bound is infinite. */
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

  /** Reads the monotonic clock. Call it first when a message arrives. */
  moment(): number {
    return this.#look();
  }

  /** Records that the next samples are from another cell's clock. */
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

  /** Returns how long the error bound stays within the target without further messages, in milliseconds. 0 or less if
   *  it exceeds the target. If the target is out of reach, 1.5 times the smallest bound of the latest answers replaces
   *  it. */
  holdsMillis(targetMillis: number): number {
    if (this.#boundsReached.length < OPENING_PROBES) return 0;
    const limit = Math.max(targetMillis, 1.5 * Math.min(...this.#boundsReached)) - this.#monotonicStep.millis;
    const { high, low } = this.#margins(this.#look());
    if (!Number.isFinite(high + low)) return 0;
    // The estimate moves between the bounds at the estimated rate, while each bound moves away at the maximum drift.
    const rate = Math.min(Math.max(this.#filter.rate, -0.9 * DRIFT), 0.9 * DRIFT);
    return Math.min((limit - high) / (DRIFT - rate), (limit - low) / (DRIFT + rate));
  }

  /** Returns the distances from the estimate to each bound. The displayed time may still be slewing to the estimate. */
  #margins(atMillis: number): { readonly high: number; readonly low: number } {
    const estimate = this.#filter.estimate(atMillis) ?? Number.NaN;
    const { low, high } = this.#filter.bounds(atMillis);
    return { high: high - estimate, low: estimate - low };
  }

  /** @returns Unix time in milliseconds, which never decreases; undefined before the first sample */
  now(): number | undefined {
    return this.#read(this.#look());
  }

  /** The server's time minus the system clock. */
  get offset(): number | undefined {
    const now = this.now();
    return now === undefined ? undefined : now - this.#ports.wallMillis();
  }

  /** Maximum difference between the server's time and `now()`. */
  get errorBound(): number {
    const atMillis = this.#look();
    const now = this.#read(atMillis);
    if (now === undefined) return Infinity;
    const { low, high } = this.#filter.bounds(atMillis);
    const offset = now - atMillis;
    return Math.max(high - offset, offset - low) + this.#monotonicStep.millis;
  }

  /** Maximum error of `offset`. */
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
