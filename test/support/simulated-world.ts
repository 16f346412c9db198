// A deployment on simulated time. Viewers connect and leave. Each runner has its own machine, whose clock may be wrong.
// Stores are slow and lose answers. Messages arrive late, twice or not at all.

import type { Witness } from '../../lambdas/domain/clock-proof.ts';
import { connectViewer } from '../../lambdas/domain/connecting.ts';
import { partitionOf } from '../../lambdas/domain/connection.ts';
import { shardOf } from '../../lambdas/domain/layout.ts';
import type { PostOutcome } from '../../lambdas/domain/outcomes.ts';
import type { ConnectionStore, Log, Measurements, RelayStore, WakeQueue } from '../../lambdas/domain/ports.ts';
import { makeMemoryConnectionStore, makeMemoryRelays, silentLog } from './memory-stores.ts';
import { type ClockSetting, MachineClock, SimulatedClock } from './simulated-clock.ts';
import { type CallSource, remoteQueue, remoteStore } from './simulated-network.ts';
import { type QueuedMessage, SimulatedQueue } from './simulated-queue.ts';
import { type RunnerChanges, SimulatedRunner, type Trigger } from './simulated-runner.ts';

export type { RunnerChanges, SimulatedRunner };

/** A copy that reached the gateway. Times are true times. */
export interface Delivery {
  readonly connectionId: string;
  readonly sequence: number;
  readonly runnerId: string;
  readonly sentMillis: number;
  /** How far the clock of the runner was ahead. */
  readonly aheadMillis: number;
}

export interface Viewer {
  /** When the handshake was answered. */
  readonly connectedMillis: number;
  disconnectedMillis?: number;
}

/** Number of machines on which `$connect` runs in turn. */
const CONNECT_MACHINES = 3;

/** A failed attempt to call a service. */
export interface Fault {
  /** Name of the method. */
  readonly name: string;
  readonly atMillis: number;
  /** Whether the client makes no further attempt. */
  readonly isLast: boolean;
}

/** The behaviour of the world. The functions are called for each event. */
export interface WorldOptions {
  readonly startMillis: number;
  readonly intervalMillis?: number;
  /** @default 1 */
  readonly shards?: number;
  readonly maxViewers?: number;
  readonly maxViewersPerAddress?: number;
  readonly connections?: ConnectionStore;
  readonly log?: Log;
  /** Duration of the next call of table or queue, in milliseconds. The service acts after half of it.
   *  @param name of the method
   *  @default 10 */
  latencyMillis?(name: string, source: CallSource): number;
  /** Whether the next call of the table fails, before or after the table acted. @default 'none' */
  fault?(name: string, source: CallSource): 'none' | 'refused' | 'answer lost';
  /** Time until the next post of a runner reaches the gateway. @default 0 */
  departMillis?(runnerId: string): number;
  /** Outcome of the next post to a connected viewer. @default 'delivered' */
  outcome?(connectionId: string): PostOutcome;
  /** Duration of the answer to the next post. @default 0 */
  postMillis?(): number;
  /** Maximum number of posts of a runner in flight. @default 10 */
  readonly poolSize?: number;
  /** Maximum number of posts per second of a runner. @default 8,000 */
  readonly postsPerSecond?: number;
  /** Time from the delivery of the next message until its runner starts. @default 300 */
  coldStartMillis?(): number;
  /** How late the next copy of a message is. @default 0 */
  latenessMillis?(): number;
  /** How many times the next message is delivered. @default 1 */
  copies?(): number;
  /** Whether the next message is never delivered. @default false */
  isLost?(): boolean;
  /** Whether the queue answers. @default true */
  readonly canSend?: boolean;
  /** The clocks of a machine: `table`, `queue`, `gateway`, `gateway events`, `schedule`, a machine of `$connect` or of
   *  a runner. @default - right clocks */
  clockOf?(machine: string): ClockSetting;
  /** Services whose answers have a `Date`. @default - all */
  readonly witnessDates?: readonly Witness[];
  /** Age of the next `Date`, before it is cut to whole seconds. @default 0 */
  staleMillis?(): number;
  /** Whether the next runner uses the machine of an earlier one that has returned. @default false */
  isWarm?(): boolean;
  /** @default true */
  readonly refuseWrongClock?: boolean;
}

export class SimulatedWorld {
  /** True time. */
  readonly clock: SimulatedClock;
  readonly options: WorldOptions;
  readonly intervalMillis: number;
  /** Number of shards of the current deployment. */
  shards: number;
  readonly connections: ConnectionStore;
  readonly relay: (shard?: number, shards?: number) => RelayStore;
  readonly viewers = new Map<string, Viewer>();
  readonly runners: SimulatedRunner[] = [];
  /** Copies in the order in which they were sent. */
  readonly deliveries: Delivery[] = [];
  readonly messages: QueuedMessage[] = [];
  readonly measurements: Measurements[] = [];
  /** Number of calls that reached table or queue, by method. */
  readonly calls: Record<string, number> = {};
  readonly faults: Fault[] = [];
  /** How often a runner has reported that no viewers are connected. */
  empties = 0;
  /** Lateness of messages, as the runners record it. */
  readonly lateness: number[] = [];
  clockErrors = 0;
  /** Runners killed by the function's timeout. */
  timeouts = 0;
  /** Errors thrown by runners. */
  readonly failures: unknown[] = [];
  readonly #machines = new Map<string, MachineClock>();
  /** By how much all clocks were set. */
  #steppedMillis = 0;
  /** Machines of runners that have returned. */
  #warm: MachineClock[] = [];

  constructor(options: WorldOptions) {
    this.options = options;
    this.clock = new SimulatedClock(options.startMillis);
    this.connections = options.connections ?? makeMemoryConnectionStore();
    this.intervalMillis = options.intervalMillis ?? 1_000;
    this.shards = options.shards ?? 1;
    const relays = makeMemoryRelays();
    const kept = new Map<string, RelayStore>();
    this.relay = (shard = 0, shards = this.shards) => {
      const relay = kept.get(`${shard} of ${shards}`) ?? relays(shard, shards);
      kept.set(`${shard} of ${shards}`, relay);
      return relay;
    };
  }

  readonly machine = (name: string): MachineClock => {
    const known = this.#machines.get(name);
    if (known !== undefined) return known;
    const machine = new MachineClock(this.clock, this.options.clockOf?.(name));
    machine.step(this.#steppedMillis);
    this.#machines.set(name, machine);
    return machine;
  };

  /** Sets the wall clocks of all machines, also of later ones. */
  stepAll(millis: number): void {
    this.#steppedMillis += millis;
    for (const machine of this.#machines.values()) machine.step(millis);
  }

  /** Deploys another number of shards. Its runners use new machines. */
  deploy(shards: number): void {
    this.shards = shards;
    this.#warm = [];
  }

  /** Starts a runner, by default for the schedule. */
  invoke(changes: RunnerChanges = {}): SimulatedRunner {
    const runnerId = `runner-${this.runners.length}`;
    const isWarm = changes.machine === undefined && this.#warm.length > 0 && this.options.isWarm?.() === true;
    const machine = changes.machine ?? (isWarm ? this.#warm.shift() : undefined) ?? this.machine(runnerId);
    const runner = new SimulatedRunner(this, runnerId, { ...changes, machine });
    this.runners.push(runner);
    runner.ended.then((how) => {
      // The environment of a wrong clock is not reused.
      if (how === 'returned' && runner.report?.exit !== 'clock wrong') this.#warm.push(machine);
    });
    return runner;
  }

  /** Starts a runner for a message. @returns undefined if the deployment no longer has this shard */
  receive(shard: number, trigger: Trigger, isRedelivered: boolean): SimulatedRunner | undefined {
    return shard < this.shards ? this.invoke({ shard, trigger, isRedelivered }) : undefined;
  }

  queue(shard = 0): WakeQueue {
    return new SimulatedQueue(this, shard);
  }

  get living(): SimulatedRunner[] {
    return this.runners.filter(({ report, isKilled }) => report === undefined && !isKilled);
  }

  /** @returns the time that all runners together ran between two times, which is the billed duration */
  billedMillis(fromMillis: number, toMillis: number): number {
    const overlaps = this.runners.map(({ arrivedMillis, endedMillis }) =>
      Math.max(0, Math.min(toMillis, endedMillis) - Math.max(fromMillis, arrivedMillis)),
    );
    return overlaps.reduce((sum, millis) => sum + millis, 0);
  }

  /** Calls `$connect`. @returns the status of the handshake */
  async connect(connectionId: string, { address = '203.0.113.7' } = {}): Promise<number> {
    const { maxViewers = 1_000, maxViewersPerAddress, log = silentLog } = this.options;
    const { shards, intervalMillis } = this;
    const shard = shardOf(partitionOf(connectionId), shards);
    const connectedAtMillis = this.machine('gateway events').now();
    const request = { isThroughSite: true, origin: undefined, viewerId: undefined, address };
    const rules = { allowedOrigins: [], isOriginRequired: false, maxViewers, maxViewersPerAddress, shards };
    const ports = {
      clock: this.machine(`connect-${this.viewers.size % CONNECT_MACHINES}`),
      connections: remoteStore(this, this.connections, 2),
      relay: remoteStore(this, this.relay(shard, shards), 2, undefined, { shard }),
      queue: remoteQueue(this, this.queue(shard)),
      log,
    };
    try {
      const viewer = { ...request, connectionId, connectedAtMillis };
      const admission = await connectViewer(viewer, { ...rules, intervalMillis }, ports);
      if (!admission.admitted) return admission.statusCode;
      this.viewers.set(connectionId, { connectedMillis: this.clock.now() });
      return 101;
    } catch {
      return 502;
    }
  }

  /** @param isTold whether `$disconnect` is called and removes the row */
  async disconnect(connectionId: string, isTold = true): Promise<void> {
    const viewer = this.viewers.get(connectionId);
    if (viewer !== undefined) viewer.disconnectedMillis ??= this.clock.now();
    if (isTold) await this.connections.remove(connectionId);
  }

  isConnected(connectionId: string): boolean {
    const viewer = this.viewers.get(connectionId);
    return viewer !== undefined && viewer.disconnectedMillis === undefined;
  }
}
