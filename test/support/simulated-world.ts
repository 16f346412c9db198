// A deployment on simulated time: viewers who come and go, invocations that can be killed (nothing of them runs on) and
// frozen (all of them runs late), and stores that are slow and lose answers.

import { connectViewer } from '../../lambdas/domain/connecting.ts';
import { partitionOf } from '../../lambdas/domain/connection.ts';
import { shardOf } from '../../lambdas/domain/layout.ts';
import type { PostOutcome } from '../../lambdas/domain/outcomes.ts';
import type { Clock, ConnectionStore, Measurements, RelayStore, Waker } from '../../lambdas/domain/ports.ts';
import { type RelayReport, runRelay } from '../../lambdas/domain/relay.ts';
import { parseServerMessage, type Tick } from '../../protocol/messages.ts';
import { makeLaggingConnectionStore } from './lagging-store.ts';
import { makeMemoryConnectionStore, makeMemoryRelayStore, silentLog } from './memory-stores.ts';
import { SimulatedClock } from './simulated-clock.ts';

export interface Delivery {
  readonly connectionId: string;
  readonly sequence: number;
  readonly runnerId: string;
  readonly sentMillis: number;
}

export interface Viewer {
  /** When its handshake was answered. */
  readonly connectedMillis: number;
  disconnectedMillis?: number;
}

export interface WorldOptions {
  readonly startMillis: number;
  readonly intervalMillis?: number;
  readonly maxViewers?: number;
  readonly maxViewersPerAddress?: number;
  readonly connections?: ConnectionStore;
  /** How old the next eventually consistent list is. @default 0 */
  lagMillis?(): number;
  /** How long the next call of a store takes, in milliseconds; half of it before the store acts. @default 10 */
  latencyMillis?(): number;
  /** Whether the next call of a store fails: before the store acted, or after. @default 'none' */
  fault?(): 'none' | 'refused' | 'answer lost';
  /** Of the next post to somebody who is connected. @default 'delivered' */
  outcome?(): PostOutcome;
  /** How long the next post takes. @default 0 */
  postMillis?(): number;
  /** From the next order to wake a runner until it runs. @default 300 */
  coldStartMillis?(): number;
  /** @default true */
  readonly canWake?: boolean;
}

export class SimulatedWorld {
  readonly clock: SimulatedClock;
  readonly connections: ConnectionStore;
  readonly intervalMillis: number;
  readonly viewers = new Map<string, Viewer>();
  readonly runners: SimulatedRunner[] = [];
  /** In order of sending. */
  readonly deliveries: Delivery[] = [];
  readonly measurements: Measurements[] = [];
  /** How often a runner has said that nobody is connected. */
  rests = 0;
  /** When reading a roster failed, all attempts of the client included. */
  readonly failedRosters: number[] = [];
  /** When a runner could not learn what the relay had before it. */
  readonly failedArrivals: number[] = [];
  readonly options: WorldOptions;
  /** By shard and number of shards. */
  readonly #relays = new Map<string, RelayStore>();

  constructor(options: WorldOptions) {
    this.options = options;
    this.clock = new SimulatedClock(options.startMillis);
    this.connections =
      options.connections ??
      makeLaggingConnectionStore(makeMemoryConnectionStore(), this.clock, () => options.lagMillis?.() ?? 0);
    this.intervalMillis = options.intervalMillis ?? 1_000;
  }

  relay(shard = 0, shards = 1): RelayStore {
    const key = `${shard} of ${shards}`;
    const relay = this.#relays.get(key) ?? makeMemoryRelayStore();
    this.#relays.set(key, relay);
    return relay;
  }

  /** An invocation of the broadcast function. */
  invoke(changes: RunnerChanges = {}): SimulatedRunner {
    const runner = new SimulatedRunner(this, `runner-${this.runners.length}`, changes);
    this.runners.push(runner);
    return runner;
  }

  get living(): SimulatedRunner[] {
    return this.runners.filter(({ report, isKilled }) => report === undefined && !isKilled);
  }

  /** What `$connect` does. @returns the status of the handshake */
  async connect(connectionId: string, { address = '203.0.113.7', shards = 1 } = {}): Promise<number> {
    const { maxViewers = 1_000, maxViewersPerAddress } = this.options;
    const shard = shardOf(partitionOf(connectionId), shards);
    const connectedAtMillis = this.clock.now();
    const request = { isThroughSite: true, origin: undefined, viewerId: undefined, address };
    const viewer = { ...request, connectionId, connectedAtMillis };
    const rules = { allowedOrigins: [], isOriginRequired: false, maxViewers, maxViewersPerAddress, shards };
    const terms = { ...rules, intervalMillis: this.intervalMillis };
    const connections = this.far(this.connections, 2);
    const relay = this.far(this.relay(shard, shards), 2);
    try {
      const ports = { clock: this.clock, connections, relay, waker: this.waker({ shard, shards }), log: silentLog };
      const admission = await connectViewer(viewer, terms, ports);
      if (!admission.admitted) return admission.statusCode;
      this.viewers.set(connectionId, { connectedMillis: this.clock.now() });
      return 101;
    } catch {
      return 502;
    }
  }

  /** Orders an invocation like the asker's own. */
  waker(changes: RunnerChanges): Waker {
    const start = async () => {
      await this.clock.sleepUntil(this.clock.now() + (this.options.coldStartMillis?.() ?? 300));
      this.invoke(changes);
    };
    return {
      wake: async () => {
        if (this.options.canWake === false) throw new Error('throttled');
        start();
      },
    };
  }

  /** @param isTold whether `$disconnect` comes and removes the row */
  async disconnect(connectionId: string, isTold = true): Promise<void> {
    const viewer = this.viewers.get(connectionId);
    if (viewer !== undefined) viewer.disconnectedMillis ??= this.clock.now();
    if (isTold) await this.connections.remove(connectionId);
  }

  isConnected(connectionId: string): boolean {
    const viewer = this.viewers.get(connectionId);
    return viewer !== undefined && viewer.disconnectedMillis === undefined;
  }

  /** A store as its client far away has it.
   *  @param attempts how often the client tries before it fails, as the SDK does
   *  @param around what happens to each call */
  far<T extends object>(store: T, attempts: number, around = <R>(call: Promise<R>) => call): T {
    const { clock, options, failedRosters, failedArrivals } = this;
    async function call(name: string, act: () => Promise<unknown>, attemptsLeft: number): Promise<unknown> {
      const millis = options.latencyMillis?.() ?? 10;
      const fault = options.fault?.() ?? 'none';
      await clock.sleepUntil(clock.now() + millis / 2);
      const answer = fault === 'refused' ? undefined : await act();
      await clock.sleepUntil(clock.now() + millis / 2);
      if (fault === 'none') return answer;
      if (attemptsLeft > 1) return call(name, act, attemptsLeft - 1);
      if (name === 'list') failedRosters.push(clock.now());
      if (name === 'arrive' || name === 'read') failedArrivals.push(clock.now());
      throw new Error(fault);
    }
    return new Proxy(store, {
      get: (target, key) => {
        const act = Reflect.get(target, key) as (...args: unknown[]) => Promise<unknown>;
        return (...args: unknown[]) => around(call(String(key), () => act.apply(target, args), attempts));
      },
    });
  }
}

export interface RunnerChanges {
  readonly shard?: number;
  readonly shards?: number;
  readonly intervalMillis?: number;
  /** @default 600,000, as the function has */
  readonly timeoutMillis?: number;
}

export class SimulatedRunner {
  readonly runnerId: string;
  readonly arrivedMillis: number;
  /** Present once the invocation has returned. */
  report: RelayReport | undefined;
  leftMillis = Number.POSITIVE_INFINITY;
  killedMillis = Number.POSITIVE_INFINITY;
  frozenUntilMillis = 0;
  readonly #clock: SimulatedClock;

  constructor(world: SimulatedWorld, runnerId: string, changes: RunnerChanges) {
    const { shard = 0, shards = 1, intervalMillis = world.intervalMillis, timeoutMillis = 600_000 } = changes;
    this.runnerId = runnerId;
    this.#clock = world.clock;
    this.arrivedMillis = world.clock.now();
    const { maxViewersPerAddress } = world.options;
    const runner = {
      runnerId,
      shard,
      shards,
      intervalMillis,
      leaveAtMillis: this.arrivedMillis + timeoutMillis,
      poolSize: 10,
      maxPerAddress: maxViewersPerAddress,
    };
    const ports = this.#ports(world, world.relay(shard, shards), { ...changes, intervalMillis, shard, shards });
    runRelay(runner, ports).then((report) => {
      this.report = report;
      this.leftMillis = world.clock.now();
    });
  }

  get isKilled(): boolean {
    return this.killedMillis <= this.#clock.now();
  }

  kill(): void {
    this.killedMillis = this.#clock.now();
  }

  /** From now on. */
  freeze(millis: number): void {
    this.frozenUntilMillis = this.#clock.now() + millis;
  }

  /** Whatever the runner awaits comes back through here. */
  async #resume<T>(awaited: Promise<T>): Promise<T> {
    const [result] = await Promise.allSettled([awaited]);
    await this.#clock.sleepUntil(this.frozenUntilMillis);
    if (this.isKilled) await new Promise<never>(() => {});
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #ports(world: SimulatedWorld, relay: RelayStore, changes: RunnerChanges) {
    const clock: Clock = {
      now: () => world.clock.now(),
      sleepUntil: (epochMillis) => this.#resume(world.clock.sleepUntil(epochMillis)),
    };
    const poster = {
      prepare: async () => {},
      post: async (connectionId: string, data: string): Promise<PostOutcome> => {
        if (!world.isConnected(connectionId)) return 'gone';
        const outcome = world.options.outcome?.() ?? 'delivered';
        const { sequence } = parseServerMessage(data) as Tick;
        const sentMillis = world.clock.now();
        if (outcome === 'delivered') {
          world.deliveries.push({ connectionId, sequence, runnerId: this.runnerId, sentMillis });
        }
        const millis = world.options.postMillis?.() ?? 0;
        if (millis > 0) await clock.sleepUntil(sentMillis + millis);
        return outcome;
      },
    };
    const metrics = {
      record: (measurements: Measurements) => world.measurements.push(measurements),
      rested: () => world.rests++,
    };
    return {
      clock,
      poster,
      metrics,
      waker: world.waker(changes),
      log: silentLog,
      connections: world.far(world.connections, 2, (call) => this.#resume(call)),
      relay: world.far(relay, 1, (call) => this.#resume(call)),
    };
  }
}
