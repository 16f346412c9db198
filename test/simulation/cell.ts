// One cell on simulated time: the rules of lambdas/domain with stores in memory, within the quotas of AWS, on machines
// whose CPU is limited. It is played at rest, and while the viewers of another cell that was lost come to it.

import { Histogram } from '../../lambdas/domain/histogram.ts';
import { MEASUREMENT_PERIOD_MILLIS } from '../../lambdas/domain/measurements.ts';
import { SimulatedWorld } from '../support/simulated-world.ts';
import { makeRandom } from '../support/timeline.ts';
import { ASSUMED, within } from './assumptions.ts';
import { SimulatedGateway } from './gateway.ts';
import { SimulatedLambda } from './lambda.ts';
import { type Plan, postsPerSecondOf } from './plan.ts';
import { SimulatedTable } from './table.ts';
import { type CellParts, type RequestCounts, SimulatedViewers } from './viewers.ts';

/** Any moment on a whole minute. */
const START = Date.UTC(2026, 10, 27);

const SCHEDULE_MILLIS = 60_000;
const POOL_SIZE = 200;

/** The phases begin at this share of an interval. A copy of a tick leaves earlier, and the next tick is not prepared
 *  yet. */
const PHASE_STARTS_AT = 0.95;

/** A cell is lost in the middle of an interval. */
const LOST_AT = 1.5;

/** Viewers of the lost cell who have no tick by then count as not recovered. */
const LONGEST_RECOVERY_MILLIS = 60 * 60_000;

export interface Phase {
  /** From the boundary until API Gateway accepted a copy, over all accepted copies. */
  readonly ages: Histogram;
  ticks: number;
  /** Copies for viewers who had been connected for a second at the boundary. */
  due: number;
  /** Copies of those that API Gateway accepted. */
  accepted: number;
}

export interface CellFigures {
  readonly atRest: Phase;
  readonly duringFailover: Phase;
  /** Handshakes of the lost cell's viewers, handshakes that replace an old connection, and probes. */
  readonly returns: RequestCounts;
  readonly renewals: RequestCounts;
  readonly probes: RequestCounts;
  readonly postsThrottled: number;
  /** Posts that runners gave up because the time of their tick was over. */
  readonly postsShed: number;
  readonly ticksMissed: number;
  /** From the loss until a viewer of the lost cell had a tick, ascending. */
  readonly recoveryMillis: readonly number[];
  readonly concurrentExecutions: number;
  readonly table: SimulatedTable;
}

export class Cell {
  readonly #parts: CellParts;
  readonly #viewers: SimulatedViewers;
  readonly #intervalMillis: number;
  /** Until when the CPU of a runner is busy. */
  readonly #busyUntilMillis = new Map<string, number>();
  #phase: Phase = newPhase();
  /** Connections whose copy of the current tick has not been accepted yet. */
  #due = new Set<string>();
  #postsThrottled = 0;
  #isOver = false;

  constructor(plan: Plan, seed: number, newConnectionsPerSecond?: number) {
    this.#intervalMillis = plan.intervalSeconds * 1000;
    const random = makeRandom(seed);
    const table = new SimulatedTable(plan.shards);
    const gateway = new SimulatedGateway(plan, newConnectionsPerSecond);
    const world = this.#makeWorld(plan, random, table);
    this.#parts = { plan, random, world, gateway, table, lambda: new SimulatedLambda(world.clock, random) };
    this.#viewers = new SimulatedViewers(this.#parts);
  }

  #makeWorld(plan: Plan, random: () => number, table: SimulatedTable): SimulatedWorld {
    return new SimulatedWorld({
      startMillis: START,
      intervalMillis: this.#intervalMillis,
      shards: plan.shards,
      maxViewers: plan.places,
      poolSize: POOL_SIZE,
      postsPerSecond: postsPerSecondOf(plan),
      latencyMillis: (name, { runnerId }) => {
        if (name === 'send' || name === 'requestDate') return within(ASSUMED.queueMillis, random);
        const rows = name === 'list' ? this.#viewers.count / plan.shards : 0;
        return within(ASSUMED.tableMillis, random) + this.#useCpu(runnerId, rows * ASSUMED.rowMicros);
      },
      fault: (name, { shard }) => (table.accepts(name, this.#now, this.#viewers.count, shard) ? 'none' : 'refused'),
      departMillis: (runnerId) =>
        this.#useCpu(runnerId, ASSUMED.postMicros) + within(ASSUMED.postTransitMillis, random),
      outcome: (connectionId) => this.#acceptPost(connectionId),
      postMillis: () => within(ASSUMED.postTransitMillis, random),
      coldStartMillis: () => within(ASSUMED.coldStartMillis, random),
      latenessMillis: () => within(ASSUMED.messageLatenessMillis, random),
      clockOf: () => ({ offsetMillis: within(ASSUMED.clockMillis, random) }),
    });
  }

  get #now(): number {
    return this.#parts.world.clock.now();
  }

  /** The CPU of a runner does one thing after the other.
   *  @param micros on a whole vCPU
   *  @returns milliseconds until it is done */
  #useCpu(runnerId: string | undefined, micros: number): number {
    if (runnerId === undefined || micros === 0) return 0;
    const cpuMillis = (micros * ASSUMED.megabytesOfVcpu) / this.#parts.plan.memorySize / 1000;
    const doneAtMillis = Math.max(this.#now, this.#busyUntilMillis.get(runnerId) ?? 0) + cpuMillis;
    this.#busyUntilMillis.set(runnerId, doneAtMillis);
    return doneAtMillis - this.#now;
  }

  #acceptPost(connectionId: string): 'delivered' | 'throttled' {
    if (!this.#parts.gateway.acceptsPost(this.#now)) {
      this.#postsThrottled++;
      return 'throttled';
    }
    this.#phase.ages.add(this.#now % this.#intervalMillis);
    if (this.#due.delete(connectionId)) this.#phase.accepted++;
    this.#viewers.receiveTick(connectionId);
    return 'delivered';
  }

  /** @param viewers who are connected from the beginning
   *  @param returning viewers of the lost cell who come to this one
   *  @param ticks at rest
   *  @param recovered viewers of the lost cell who must have a tick before the failover counts as over */
  async play(viewers: number, returning: number, ticks: number, recovered = returning): Promise<CellFigures> {
    const { world, table, lambda } = this.#parts;
    for (let n = 0; n < viewers; n++) await this.#viewers.settle();
    this.#startSchedules();
    this.#viewers.keepTalking();
    // The first tick may be late.
    await this.#playTicks(2);
    const atRest = await this.#playPhase(() => this.#playTicks(ticks));
    const duringFailover = await this.#playPhase(() => this.#playFailover(returning, recovered));
    const returns = { ...this.#viewers.returns };
    const recoveryMillis = this.#viewers.recoveryMillis.toSorted((a, b) => a - b);
    // Runners hand their measurements over once a minute.
    await this.#playPhase(() => this.#playTicks(Math.ceil(MEASUREMENT_PERIOD_MILLIS / this.#intervalMillis) + 1));
    this.#isOver = true;
    this.#viewers.stop();
    const { renewals, probes } = this.#viewers;
    return {
      ...{ atRest, duringFailover, returns, renewals, probes, recoveryMillis, table },
      postsThrottled: this.#postsThrottled,
      postsShed: world.measurements.reduce((sum, { posts }) => sum + posts.shed, 0),
      ticksMissed: world.measurements.reduce((sum, { ticksMissed }) => sum + ticksMissed, 0),
      concurrentExecutions: lambda.mostConcurrent,
    };
  }

  async #playPhase(play: () => Promise<void>): Promise<Phase> {
    const phase = newPhase();
    this.#phase = phase;
    await play();
    return phase;
  }

  async #playTicks(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const { clock, deliveries } = this.#parts.world;
      const boundary = Math.ceil((this.#now + 1) / this.#intervalMillis) * this.#intervalMillis;
      await clock.advanceTo(boundary);
      this.#phase.ticks++;
      this.#due = this.#viewers.dueAt(boundary);
      this.#phase.due += this.#due.size;
      await clock.advanceTo(boundary + PHASE_STARTS_AT * this.#intervalMillis);
      deliveries.length = 0;
    }
  }

  async #playFailover(returning: number, recovered: number): Promise<void> {
    const lostAtMillis = this.#now + (LOST_AT - PHASE_STARTS_AT) * this.#intervalMillis;
    for (let n = 0; n < returning; n++) this.#viewers.return(lostAtMillis);
    do await this.#playTicks(1);
    while (this.#viewers.recoveryMillis.length < recovered && this.#now < lostAtMillis + LONGEST_RECOVERY_MILLIS);
  }

  /** The schedule of each shard fires once a minute, at a moment of its own; the first time at once. */
  #startSchedules(): void {
    for (let shard = 0; shard < this.#parts.plan.shards; shard++) {
      this.#parts.world.invoke({ shard });
      this.#keepInvoking(shard);
    }
  }

  async #keepInvoking(shard: number): Promise<void> {
    const { world, random } = this.#parts;
    await world.clock.sleepUntil(this.#now + SCHEDULE_MILLIS * random());
    while (!this.#isOver) {
      world.invoke({ shard });
      await world.clock.sleepUntil(this.#now + SCHEDULE_MILLIS);
    }
  }
}

function newPhase(): Phase {
  return { ages: new Histogram(), ticks: 0, due: 0, accepted: 0 };
}
