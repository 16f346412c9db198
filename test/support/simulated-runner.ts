// A broadcast invocation on simulated time: it can be killed (nothing of it runs on) and frozen (all of it runs late).

import type { Clock, ConnectionStore, Poster, PostOutcome, RelayStore } from '../../lambdas/domain/ports.ts';
import { type RelayPorts, type RelayReport, runRelay } from '../../lambdas/domain/relay.ts';
import { parseServerMessage, type Tick } from '../../lambdas/protocol.ts';
import { silentLog } from './memory-stores.ts';
import type { SimulatedClock } from './simulated-clock.ts';

export interface SentTick {
  readonly sequence: number;
  readonly runnerId: string;
  readonly sentMillis: number;
}

export interface World {
  readonly clock: SimulatedClock;
  readonly relay: RelayStore;
  readonly connections: ConnectionStore;
  readonly sent: SentTick[];
  readonly intervalMillis: number;
  /** Of every post. @default 'delivered' */
  readonly outcome?: PostOutcome;
  /** How long the next call of a store takes, in milliseconds; half of it before the store acts. */
  latencyMillis(): number;
  /** Whether the next call fails: before the store acted, or after. */
  fault(): 'none' | 'refused' | 'answer lost';
}

export class SimulatedRunner {
  /** Present once the invocation has returned. */
  report: RelayReport | undefined;
  readonly #world: World;
  #isKilled = false;
  #frozenUntilMillis = 0;

  /** Starts at the present moment, with the five minutes that the function has. */
  constructor(world: World, runnerId: string, timeoutMillis = 300_000) {
    this.#world = world;
    const runner = {
      runnerId,
      intervalMillis: world.intervalMillis,
      leaveAtMillis: world.clock.now() + timeoutMillis,
      poolSize: 10,
    };
    runRelay(runner, this.#ports(runnerId)).then((report) => {
      this.report = report;
    });
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  kill(): void {
    this.#isKilled = true;
  }

  /** From now on. */
  freeze(millis: number): void {
    this.#frozenUntilMillis = this.#world.clock.now() + millis;
  }

  /** Whatever the runner awaits comes back through here. */
  async #resume(): Promise<void> {
    await this.#world.clock.sleepUntil(this.#frozenUntilMillis);
    if (this.#isKilled) await new Promise<never>(() => {});
  }

  async #call<T>(act: () => Promise<T>): Promise<T> {
    const { clock } = this.#world;
    const millis = this.#world.latencyMillis();
    const fault = this.#world.fault();
    await clock.sleepUntil(clock.now() + millis / 2);
    if (this.#isKilled) await new Promise<never>(() => {});
    const answer = fault === 'refused' ? undefined : await act();
    await clock.sleepUntil(clock.now() + millis / 2);
    await this.#resume();
    if (fault !== 'none') throw new Error(fault);
    return answer as T;
  }

  #ports(runnerId: string): RelayPorts {
    const { clock: worldClock, relay, connections, sent } = this.#world;
    const clock: Clock = {
      now: () => worldClock.now(),
      sleepUntil: async (epochMillis) => {
        await worldClock.sleepUntil(epochMillis);
        await this.#resume();
      },
    };
    const poster: Poster = {
      post: async (_, data) => {
        sent.push({ sequence: (parseServerMessage(data) as Tick).sequence, runnerId, sentMillis: worldClock.now() });
        return this.#world.outcome ?? 'delivered';
      },
    };
    return {
      clock,
      poster,
      log: silentLog,
      relay: {
        claim: (boundary, runner) => this.#call(() => relay.claim(boundary, runner)),
        standBy: (now, runner, stale) => this.#call(() => relay.standBy(now, runner, stale)),
      },
      connections: {
        put: (connection) => connections.put(connection),
        remove: (connectionId) => connections.remove(connectionId),
        list: (now) => this.#call(() => connections.list(now)),
      },
    };
  }
}
