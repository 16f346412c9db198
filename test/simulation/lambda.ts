// Lambda as the handlers of one cell meet it: a quota of concurrent executions, and a cold start whenever a function
// needs more execution environments than it has had so far.

import type { SimulatedClock } from '../support/simulated-clock.ts';
import { ASSUMED, QUOTAS, within } from './assumptions.ts';

export type FunctionName = 'connect' | 'disconnect' | 'message';

interface Executions {
  running: number;
  /** None is ever taken away. */
  environments: number;
}

export class SimulatedLambda {
  readonly #clock: SimulatedClock;
  readonly #random: () => number;
  readonly #functions: Readonly<Record<FunctionName, Executions>> = {
    connect: { running: 0, environments: 0 },
    disconnect: { running: 0, environments: 0 },
    message: { running: 0, environments: 0 },
  };
  #running = 0;
  /** Executions of the broadcast function. */
  runners = 0;
  mostConcurrent = 0;

  constructor(clock: SimulatedClock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** @param seconds how long the execution takes at least, without its cold start
   *  @returns what `act` returns; undefined if no execution was available */
  async run<T>(name: FunctionName, seconds: number, act: () => Promise<T>): Promise<T | undefined> {
    const concurrent = this.#running + this.runners + 1;
    if (concurrent > QUOTAS.concurrentExecutions) return undefined;
    this.mostConcurrent = Math.max(this.mostConcurrent, concurrent);
    const executions = this.#functions[name];
    executions.running++;
    this.#running++;
    if (executions.running > executions.environments) {
      executions.environments = executions.running;
      await this.#sleep(within(ASSUMED.coldStartMillis, this.#random));
    }
    const [value] = await Promise.all([act(), this.#sleep(seconds * 1000)]);
    executions.running--;
    this.#running--;
    return value;
  }

  #sleep(millis: number): Promise<void> {
    return this.#clock.sleepUntil(this.#clock.now() + millis);
  }
}
