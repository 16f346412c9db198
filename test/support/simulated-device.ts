// A machine with a browser on simulated time. Its monotonic clock drifts and may stop during sleep. Its system clock
// can be set. Sleep and hidden pages delay timers. WebSocket frames wait while the machine sleeps.

import type { PageEvent, Ports, Socket } from '../../web/src/client/ports.ts';
import { makeRandom, type Timeline } from './timeline.ts';

interface Timer {
  readonly dueMillis: number;
  readonly callback: () => void;
  cancel(): void;
}

/** Time that a program needs to read a clock. */
const READING_MILLIS = 0.0005;

export interface DeviceOptions {
  readonly timeline: Timeline;
  random(): number;
  /** @default true, as in most browsers */
  readonly monotonicStopsInSleep?: boolean;
  /** Step of the monotonic clock. @default 0.1 */
  readonly resolutionMillis?: number;
  /** Step of the system clock. @default 1 */
  readonly wallResolutionMillis?: number;
  /** Both clocks are rounded up from a random point of each step, as in Chromium and Firefox. @default false: always
   *  rounded down */
  readonly roundsAtRandom?: boolean;
  openSocket(device: SimulatedDevice, url: string): Socket;
}

export class SimulatedDevice {
  readonly ports: Ports = {
    monotonicMillis: () => this.monotonicMillis(),
    wallMillis: () => this.wallMillis(),
    setTimer: (callback, millis) => this.#setTimer(callback, millis),
    random: () => this.#options.random(),
    openSocket: (url) => this.#options.openSocket(this, url),
    watchPage: (report) => this.#watchPage(report),
  };
  readonly #options: DeviceOptions;
  readonly #timers = new Set<Timer>();
  #reports: ((event: PageEvent) => void)[] = [];
  /** Rate of the monotonic clock minus one. */
  #drift = 0;
  #monotonic = 12_345.678;
  #monotonicAtMillis: number;
  /** How far the system clock is ahead of true time. */
  wallLeadMillis = 0;
  #isAsleep = false;
  /** If above 0, timers run only at multiples of it. */
  throttleMillis = 0;
  #waiting: (() => void)[] = [];

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#monotonicAtMillis = options.timeline.nowMillis;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  get timerCount(): number {
    return this.#timers.size;
  }

  monotonicMillis(): number {
    this.#options.timeline.nowMillis += READING_MILLIS;
    return this.#rounded(this.#exactMonotonic(), this.#options.resolutionMillis ?? 0.1);
  }

  wallMillis(): number {
    return this.#rounded(
      this.#options.timeline.nowMillis + this.wallLeadMillis,
      this.#options.wallResolutionMillis ?? 1,
    );
  }

  #rounded(millis: number, stepMillis: number): number {
    const steps = Math.floor(millis / stepMillis);
    const isUp = this.#options.roundsAtRandom && millis / stepMillis - steps >= makeRandom(steps)();
    return (isUp ? steps + 1 : steps) * stepMillis;
  }

  #setTimer(callback: () => void, millis: number): () => void {
    const timer: Timer = { dueMillis: this.#exactMonotonic() + Math.max(0, millis), callback, cancel() {} };
    this.#timers.add(timer);
    this.#arm(timer);
    return () => {
      timer.cancel();
      this.#timers.delete(timer);
    };
  }

  #watchPage(report: (event: PageEvent) => void): () => void {
    this.#reports.push(report);
    return () => {
      this.#reports = this.#reports.filter((other) => other !== report);
    };
  }

  report(event: PageEvent): void {
    for (const report of this.#reports) report(event);
  }

  set driftPpm(ppm: number) {
    this.#settle();
    this.#drift = ppm * 1e-6;
    for (const timer of this.#timers) this.#arm(timer);
  }

  /** Sets the system clock. */
  setWallBy(millis: number): void {
    this.wallLeadMillis += millis;
  }

  sleep(): void {
    this.#settle();
    this.#isAsleep = true;
    for (const timer of this.#timers) timer.cancel();
  }

  wake(): void {
    this.#settle();
    this.#isAsleep = false;
    for (const timer of this.#timers) this.#arm(timer);
    const waiting = this.#waiting.splice(0);
    // Due timers run first, then messages from the network.
    this.#options.timeline.after(0, () => this.arrive(() => waiting.forEach((run) => void run())));
  }

  /** Runs the callback now, or when the machine wakes up. */
  arrive(run: () => void): void {
    if (this.#isAsleep) this.#waiting.push(run);
    else run();
  }

  #exactMonotonic(): number {
    const passed = this.#options.timeline.nowMillis - this.#monotonicAtMillis;
    const isStill = this.#isAsleep && (this.#options.monotonicStopsInSleep ?? true);
    return this.#monotonic + (isStill ? 0 : passed * (1 + this.#drift));
  }

  #settle(): void {
    this.#monotonic = this.#exactMonotonic();
    this.#monotonicAtMillis = this.#options.timeline.nowMillis;
  }

  #arm(timer: Timer): void {
    timer.cancel();
    if (this.#isAsleep) return;
    let delay = (timer.dueMillis - this.#exactMonotonic()) / (1 + this.#drift);
    if (this.throttleMillis > 0) delay = Math.ceil(Math.max(delay, 1) / this.throttleMillis) * this.throttleMillis;
    timer.cancel = this.#options.timeline.after(Math.max(0, delay), () => {
      this.#timers.delete(timer);
      timer.callback();
    });
  }
}
