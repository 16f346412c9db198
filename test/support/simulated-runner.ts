// One invocation of the broadcast function, on a machine with its own clock. If it is killed, nothing of it continues.
// If it is frozen, everything of it continues later.

import { ClockProof, type Witness } from '../../lambdas/domain/clock-proof.ts';
import type { PostOutcome } from '../../lambdas/domain/outcomes.ts';
import type { Clock, Measurements } from '../../lambdas/domain/ports.ts';
import { type RelayReport, runRelay } from '../../lambdas/domain/relay.ts';
import { parseServerMessage, type Tick } from '../../protocol/messages.ts';
import { silentLog } from './memory-stores.ts';
import type { MachineClock } from './simulated-clock.ts';
import { type Answer, dateOf, remoteQueue, remoteStore } from './simulated-network.ts';
import type { SimulatedWorld } from './simulated-world.ts';

export type Trigger = Parameters<typeof runRelay>[1];

export interface RunnerChanges {
  readonly shard?: number;
  readonly shards?: number;
  readonly intervalMillis?: number;
  /** Timeout of the function. @default 150,000, as in the deployment */
  readonly timeoutMillis?: number;
  /** @default - the schedule, which is due now */
  readonly trigger?: Trigger;
  /** Whether an earlier runner of the same message was killed. @default false */
  readonly isRedelivered?: boolean;
  /** @default - a new machine, or one that has run before if the world decides so */
  readonly machine?: MachineClock;
}

/** The function leaves this long before its timeout. */
const LEAVING_MILLIS = 1_000;

export class SimulatedRunner {
  readonly runnerId: string;
  readonly shard: number;
  readonly shards: number;
  readonly trigger: Trigger;
  readonly isRedelivered: boolean;
  readonly machine: MachineClock;
  readonly arrivedMillis: number;
  /** Present when the invocation has returned. */
  report: RelayReport | undefined;
  leftMillis = Number.POSITIVE_INFINITY;
  killedMillis = Number.POSITIVE_INFINITY;
  readonly freezes: { readonly fromMillis: number; readonly untilMillis: number }[] = [];
  readonly ended: Promise<'returned' | 'killed'>;
  readonly #end: (how: 'returned' | 'killed') => void;
  readonly #world: SimulatedWorld;

  constructor(world: SimulatedWorld, runnerId: string, changes: RunnerChanges & { readonly machine: MachineClock }) {
    const {
      shard = 0,
      shards = world.shards,
      intervalMillis = world.intervalMillis,
      timeoutMillis = 150_000,
    } = changes;
    const { promise, resolve } = Promise.withResolvers<'returned' | 'killed'>();
    [this.ended, this.#end] = [promise, resolve];
    this.#world = world;
    this.runnerId = runnerId;
    this.shard = shard;
    this.shards = shards;
    this.isRedelivered = changes.isRedelivered ?? false;
    this.machine = changes.machine;
    this.arrivedMillis = world.clock.now();
    this.trigger = changes.trigger ?? { reason: 'schedule', scheduledAtMillis: world.machine('schedule').now() };
    const runner = {
      runnerId,
      shard,
      shards,
      intervalMillis,
      poolSize: world.options.poolSize ?? 10,
      postsPerSecond: world.options.postsPerSecond ?? 8_000,
      maxPerAddress: world.options.maxViewersPerAddress,
      leaveAtMonotonicMillis: this.machine.monotonicMillis() + timeoutMillis - LEAVING_MILLIS,
      refuseWrongClock: world.options.refuseWrongClock ?? true,
    };
    this.#run(runner);
    world.clock.sleepUntil(this.arrivedMillis + timeoutMillis).then(() => {
      if (this.report !== undefined || this.isKilled) return;
      world.timeouts++;
      this.kill();
    });
  }

  async #run(runner: Parameters<typeof runRelay>[0]): Promise<void> {
    try {
      this.report = await runRelay(runner, this.trigger, this.#ports());
      this.leftMillis = this.#world.clock.now();
      this.#end('returned');
    } catch (error) {
      this.#world.failures.push(error);
      this.kill();
    }
  }

  get isKilled(): boolean {
    return this.killedMillis <= this.#world.clock.now();
  }

  /** When the invocation returned or was killed. Infinite while it runs. */
  get endedMillis(): number {
    return Math.min(this.leftMillis, this.killedMillis);
  }

  kill(): void {
    this.killedMillis = this.#world.clock.now();
    this.#end('killed');
  }

  /** Freezes the runner from now on. */
  freeze(millis: number): void {
    const fromMillis = this.#world.clock.now();
    this.freezes.push({ fromMillis, untilMillis: fromMillis + millis });
  }

  get frozenUntilMillis(): number {
    return this.freezes.at(-1)?.untilMillis ?? 0;
  }

  /** Everything that the runner awaits resolves through this function. */
  async #resume<T>(awaited: Promise<T>): Promise<T> {
    const [result] = await Promise.allSettled([awaited]);
    await this.#world.clock.sleepUntil(this.frozenUntilMillis);
    if (this.isKilled) await new Promise<never>(() => {});
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  #ports() {
    const world = this.#world;
    const { options } = world;
    const clock: Clock = {
      now: () => this.machine.now(),
      monotonicMillis: () => this.machine.monotonicMillis(),
      sleepUntil: (epochMillis) => this.#resume(this.machine.sleepUntil(epochMillis)),
    };
    const proof = new ClockProof(clock);
    const ask = async (witness: Witness, call: () => Promise<Answer>) => {
      const askedAtMonotonicMillis = clock.monotonicMillis();
      const { value, dateMillis } = await this.#resume(call());
      if (dateMillis !== undefined) {
        const answeredAtMonotonicMillis = clock.monotonicMillis();
        proof.recordDate(witness, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis });
      }
      return value;
    };
    const post = async (connectionId: string, data: string): Promise<Answer> => {
      const departMillis = options.departMillis?.(this.runnerId) ?? 0;
      if (departMillis > 0) await world.clock.sleepUntil(world.clock.now() + departMillis);
      const dateMillis = dateOf(world, 'gateway');
      if (!world.isConnected(connectionId)) return { value: 'gone', dateMillis };
      const value = options.outcome?.(connectionId) ?? 'delivered';
      const { sequence } = parseServerMessage(data) as Tick;
      const sentMillis = world.clock.now();
      const { runnerId } = this;
      if (value === 'delivered') {
        const { aheadMillis } = this.machine;
        world.deliveries.push({ connectionId, sequence, runnerId, sentMillis, aheadMillis });
      }
      await world.clock.sleepUntil(sentMillis + (options.postMillis?.() ?? 0));
      return { value, dateMillis: value === 'timedOut' || value === 'reset' ? undefined : dateMillis };
    };
    const metrics = {
      record: (measurements: Measurements) => world.measurements.push(measurements),
      empty: () => world.empties++,
      woken: (latenessMillis: number) => world.lateness.push(latenessMillis),
      clockError: () => world.clockErrors++,
    };
    return {
      clock,
      proof,
      metrics,
      log: options.log ?? silentLog,
      poster: {
        prepare: async () => {},
        post: (connectionId: string, data: string) =>
          ask('gateway', () => post(connectionId, data)) as Promise<PostOutcome>,
      },
      queue: remoteQueue(world, world.queue(this.shard), ask),
      connections: remoteStore(world, world.connections, 2, ask, { runnerId: this.runnerId }),
      relay: remoteStore(world, world.relay(this.shard, this.shards), 1, ask, {
        runnerId: this.runnerId,
        shard: this.shard,
      }),
    };
  }
}
