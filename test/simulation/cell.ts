// One cell on simulated time: the rules of lambdas/domain with stores in memory, behind the quotas of AWS, with machines whose CPU
// takes its time. It is played at rest, and while the viewers of another cell that was lost come to it.

import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { probeGapSeconds } from '../../cost/monthly-cost.ts';
import { makeConnection, partitionOf } from '../../lambdas/domain/connection.ts';
import { Histogram } from '../../lambdas/domain/histogram.ts';
import { shardOf } from '../../lambdas/domain/layout.ts';
import { Backoff } from '../../web/src/client/backoff.ts';
import { SimulatedWorld } from '../support/simulated-world.ts';
import { makeRandom } from '../support/timeline.ts';
import { ASSUMED, QUOTAS, within } from './assumptions.ts';
import { SimulatedGateway } from './gateway.ts';
import { type Plan, paceOf } from './plan.ts';
import { SimulatedTable } from './table.ts';

/** Some moment on a whole minute. */
const START = Date.UTC(2026, 10, 27);

const SCHEDULE_MILLIS = 60_000;
const POOL_SIZE = 200;

/** The client's: web/src/client/client.ts. */
const RECONNECT_WINDOW_MILLIS = 2_000;
const PROBES_AFTER_MILLIS = [0, 300, 600, 900, 1_200, 2_200, 4_200, 8_200, 16_200, 32_200];

/** A lost cell's viewers who are not back by then will not come. */
const LONGEST_RETURN_MILLIS = 60 * 60_000;

export interface Phase {
  /** From the boundary until API Gateway had taken a copy, over all copies that it took. */
  readonly ages: Histogram;
  ticks: number;
  /** Copies that were due: one for each viewer who had been connected for a second. */
  due: number;
  /** Of those. */
  taken: number;
}

export interface CellFigures {
  readonly atRest: Phase;
  readonly duringReturn: Phase;
  readonly refused: SimulatedGateway['refused'];
  /** Posts that runners gave up because the time of their tick was over. */
  readonly shed: number;
  readonly ticksMissed: number;
  /** From the loss until a viewer of the lost cell had a tick, in order. */
  readonly returnMillis: readonly number[];
  readonly handshakes: number;
  /** Because all places were taken, and because no Lambda execution was free. */
  readonly refusedFull: number;
  readonly refusedByLambda: number;
  readonly concurrentExecutions: number;
  readonly table: SimulatedTable;
}

export class Cell {
  readonly #plan: Plan;
  readonly #random: () => number;
  readonly #world: SimulatedWorld;
  readonly #gateway: SimulatedGateway;
  readonly #table: SimulatedTable;
  readonly #intervalMillis: number;
  /** Until when the CPU of a runner is busy. */
  readonly #busyUntilMillis = new Map<string, number>();
  readonly #connectedAtMillis = new Map<string, number>();
  /** When the viewers of the lost cell lost it, until they have a tick. */
  readonly #awaited = new Map<string, number>();
  readonly #returnMillis: number[] = [];
  #phase: Phase = newPhase();
  #counts = { handshakes: 0, refusedFull: 0, refusedByLambda: 0 };
  #connecting = 0;
  #concurrent = 0;
  #isOver = false;
  #ids = 0;

  constructor(plan: Plan, seed: number, newConnectionsPerSecond?: number) {
    this.#plan = plan;
    this.#random = makeRandom(seed);
    this.#intervalMillis = plan.intervalSeconds * 1000;
    this.#gateway = new SimulatedGateway(plan, newConnectionsPerSecond);
    this.#table = new SimulatedTable(plan.shards);
    const random = this.#random;
    const rowMillis = (ASSUMED.rowMicros * ASSUMED.megabytesOfVcpu) / plan.memorySize / 1000;
    this.#world = new SimulatedWorld({
      startMillis: START,
      intervalMillis: this.#intervalMillis,
      shards: plan.shards,
      maxViewers: plan.places,
      poolSize: POOL_SIZE,
      postsPerSecond: paceOf(plan),
      latencyMillis: (name) => {
        if (name === 'send' || name === 'ask') return within(ASSUMED.queueMillis, random);
        const rows = name === 'list' ? this.#connectedAtMillis.size / plan.shards : 0;
        return within(ASSUMED.tableMillis, random) + rows * rowMillis;
      },
      fault: (name) => (this.#table.takes(name, this.#now, this.#connectedAtMillis.size) ? 'none' : 'refused'),
      departMillis: (runnerId) => this.#departMillis(runnerId),
      outcome: (connectionId) => this.#outcome(connectionId),
      postMillis: () => within(ASSUMED.postWayMillis, random),
      coldStartMillis: () => within(ASSUMED.coldStartMillis, random),
      latenessMillis: () => within(ASSUMED.messageLatenessMillis, random),
      clockOf: () => ({ offsetMillis: within(ASSUMED.clockMillis, random) }),
    });
  }

  get #now(): number {
    return this.#world.clock.now();
  }

  #sleep(millis: number): Promise<void> {
    return this.#world.clock.sleepUntil(this.#now + millis);
  }

  /** @param viewers who are connected from the beginning
   *  @param returning viewers of the lost cell who come to this one
   *  @param ticks at rest */
  async play(viewers: number, returning: number, ticks: number): Promise<CellFigures> {
    for (let n = 0; n < viewers; n++) await this.#settle();
    this.#keepScheduled();
    this.#keepTalking();
    // The first tick may be late.
    await this.#passTicks(2);
    const atRest = await this.#playPhase(() => this.#passTicks(ticks));
    const duringReturn = await this.#playPhase(async () => {
      for (let n = 0; n < returning; n++) this.#return();
      const untilMillis = this.#now + LONGEST_RETURN_MILLIS;
      do await this.#passTicks(1);
      while (this.#returnMillis.length < returning && this.#now < untilMillis);
    });
    this.#isOver = true;
    const { measurements } = this.#world;
    const sum = (of: (each: (typeof measurements)[number]) => number) =>
      measurements.reduce((total, each) => total + of(each), 0);
    return {
      atRest,
      duringReturn,
      refused: this.#gateway.refused,
      shed: sum(({ posts }) => posts.shed),
      ticksMissed: sum(({ ticksMissed }) => ticksMissed),
      returnMillis: this.#returnMillis.sort((a, b) => a - b),
      ...this.#counts,
      concurrentExecutions: this.#concurrent,
      table: this.#table,
    };
  }

  async #playPhase(pass: () => Promise<void>): Promise<Phase> {
    this.#phase = newPhase();
    const phase = this.#phase;
    await pass();
    return phase;
  }

  /** Lets time pass until shortly before a boundary. */
  async #passTicks(count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      const boundary = Math.ceil((this.#now + 1) / this.#intervalMillis) * this.#intervalMillis;
      await this.#world.clock.advanceTo(boundary);
      this.#phase.ticks++;
      for (const id of this.#connectedAtMillis.keys()) if (this.#isDue(id, boundary)) this.#phase.due++;
      // Copies of this tick may leave until then.
      await this.#world.clock.advanceTo(boundary + 0.95 * this.#intervalMillis);
      this.#world.deliveries.length = 0;
    }
  }

  #isDue(connectionId: string, boundaryMillis: number): boolean {
    return (this.#connectedAtMillis.get(connectionId) ?? boundaryMillis) <= boundaryMillis - 1_000;
  }

  #newId(): string {
    return `${(this.#ids++).toString(36).padStart(8, '0')}AbCd=`;
  }

  /** A viewer who has long been connected. */
  async #settle(): Promise<void> {
    const { connections, viewers, shards } = this.#world;
    const id = this.#newId();
    await connections.put(makeConnection(id, START - 60_000));
    await this.#world.relay(shardOf(partitionOf(id), shards)).countArrival();
    viewers.set(id, { connectedMillis: START - 60_000 });
    this.#connectedAtMillis.set(id, START - 60_000);
  }

  /** The CPU of a runner makes one post after the other. */
  #departMillis(runnerId: string): number {
    const cpuMillis = (ASSUMED.postMicros * ASSUMED.megabytesOfVcpu) / this.#plan.memorySize / 1000;
    const doneAtMillis = Math.max(this.#now, this.#busyUntilMillis.get(runnerId) ?? 0) + cpuMillis;
    this.#busyUntilMillis.set(runnerId, doneAtMillis);
    return doneAtMillis - this.#now + within(ASSUMED.postWayMillis, this.#random);
  }

  #outcome(connectionId: string): 'delivered' | 'throttled' {
    if (!this.#gateway.takesPost(this.#now)) return 'throttled';
    const ageMillis = this.#now % this.#intervalMillis;
    this.#phase.ages.add(ageMillis);
    if (this.#isDue(connectionId, this.#now - ageMillis)) this.#phase.taken++;
    const lostAtMillis = this.#awaited.get(connectionId);
    if (lostAtMillis !== undefined) {
      this.#awaited.delete(connectionId);
      this.#returnMillis.push(this.#now - lostAtMillis);
    }
    return 'delivered';
  }

  /** The schedule of each shard fires once a minute, at a moment of its own; the first time at once. */
  async #keepScheduled(): Promise<void> {
    for (let shard = 0; shard < this.#plan.shards; shard++) {
      this.#world.invoke({ shard });
      this.#keepInvoking(shard);
    }
  }

  async #keepInvoking(shard: number): Promise<void> {
    await this.#sleep(SCHEDULE_MILLIS * this.#random());
    while (!this.#isOver) {
      this.#world.invoke({ shard });
      await this.#sleep(SCHEDULE_MILLIS);
    }
  }

  /** What viewers at rest send: probes, and a handshake when a connection has become old. Also counts the executions. */
  async #keepTalking(): Promise<void> {
    const periodMillis = 100;
    let probes = 0;
    let renewals = 0;
    while (!this.#isOver) {
      await this.#sleep(periodMillis);
      const viewers = this.#connectedAtMillis.size;
      probes += (viewers * periodMillis) / 1000 / probeGapSeconds(this.#plan.intervalSeconds);
      for (; probes >= 1; probes--) this.#gateway.takesMessage(this.#now);
      renewals += (viewers * periodMillis) / 60_000 / ASSUMPTIONS.connectionMinutes;
      for (; renewals >= 1; renewals--) this.#gateway.takesHandshake(this.#now);
      this.#concurrent = Math.max(this.#concurrent, this.#executions);
    }
  }

  get #executions(): number {
    return this.#world.living.length + this.#connecting;
  }

  /** A viewer of the lost cell, as the client has it: its own cell, which is gone, is the first of its list, and the others follow in a
   *  random order. They are like this one, and who goes on from here to another is replaced by one who comes from there. */
  async #return(): Promise<void> {
    const { cells } = this.#plan;
    const lostAtMillis = this.#now;
    const backoff = new Backoff(RECONNECT_WINDOW_MILLIS, this.#random);
    for (let attempt = 1; !this.#isOver; attempt++) {
      await this.#sleep(backoff.nextMillis() + within(ASSUMED.viewerRoundTripMillis, this.#random));
      if (attempt % cells !== 0 && (await this.#handshake(lostAtMillis))) return;
    }
  }

  /** @returns whether the viewer was let in */
  async #handshake(lostAtMillis: number): Promise<boolean> {
    this.#counts.handshakes++;
    if (!this.#gateway.takesHandshake(this.#now)) return false;
    if (this.#executions >= QUOTAS.concurrentExecutions) {
      this.#counts.refusedByLambda++;
      return false;
    }
    this.#connecting++;
    const id = this.#newId();
    this.#awaited.set(id, lostAtMillis);
    const leastMillis = this.#now + ASSUMPTIONS.connectSeconds * 1000;
    const status = await this.#world.connect(id);
    await this.#world.clock.sleepUntil(leastMillis);
    this.#connecting--;
    if (status === 101) {
      this.#connectedAtMillis.set(id, this.#now);
      this.#probe();
      return true;
    }
    this.#awaited.delete(id);
    if (status === 429) this.#counts.refusedFull++;
    return false;
  }

  #probe(): void {
    for (const millis of PROBES_AFTER_MILLIS) this.#sleep(millis).then(() => this.#gateway.takesMessage(this.#now));
  }
}

function newPhase(): Phase {
  return { ages: new Histogram(), ticks: 0, due: 0, taken: 0 };
}
