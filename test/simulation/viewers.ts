// The viewers of one simulated cell: those who are connected from the beginning, and those who come when another cell
// is lost. They send probes, and replace a connection when it has become old, as the client does.

import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { probeGapSeconds } from '../../cost/monthly-cost.ts';
import { makeConnection, partitionOf } from '../../lambdas/domain/connection.ts';
import { shardOf } from '../../lambdas/domain/layout.ts';
import { Backoff } from '../../web/src/client/backoff.ts';
import type { SimulatedWorld } from '../support/simulated-world.ts';
import { ASSUMED, within } from './assumptions.ts';
import type { SimulatedGateway } from './gateway.ts';
import type { SimulatedLambda } from './lambda.ts';
import type { Plan } from './plan.ts';
import type { SimulatedTable } from './table.ts';

/** As in web/src/client/client.ts. */
const RECONNECT_WINDOW_MILLIS = 2_000;
const PROBES_AFTER_MILLIS = [0, 300, 600, 900, 1_200, 2_200, 4_200, 8_200, 16_200, 32_200];

/** A viewer who connects later before a boundary may miss its tick. */
const DUE_AFTER_MILLIS = 1_000;

const SETTLED_BEFORE_MILLIS = 60_000;

export interface CellParts {
  readonly plan: Plan;
  readonly random: () => number;
  readonly world: SimulatedWorld;
  readonly gateway: SimulatedGateway;
  readonly table: SimulatedTable;
  readonly lambda: SimulatedLambda;
}

/** What became of requests. */
export interface RequestCounts {
  sent: number;
  /** By API Gateway, with 429. */
  throttled: number;
  /** Because no Lambda execution was available. */
  refusedByLambda: number;
  /** Because all places were taken. */
  refusedFull: number;
}

export class SimulatedViewers {
  readonly #parts: CellParts;
  readonly #connectedAtMillis = new Map<string, number>();
  /** The connections of `#connectedAtMillis` that are not being replaced, oldest first. */
  readonly #renewable: string[] = [];
  /** When the viewers of the lost cell lost it, until they have a tick. */
  readonly #waitingSinceMillis = new Map<string, number>();
  /** Old connections that are closed when the new one, which is the key, gets a tick. */
  readonly #replaced = new Map<string, string>();
  /** From the loss until a viewer of the lost cell had a tick. */
  readonly recoveryMillis: number[] = [];
  readonly returns = noRequests();
  readonly renewals = noRequests();
  readonly probes = noRequests();
  #isOver = false;
  #ids = 0;

  constructor(parts: CellParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#connectedAtMillis.size;
  }

  get #now(): number {
    return this.#parts.world.clock.now();
  }

  #sleep(millis: number): Promise<void> {
    return this.#parts.world.clock.sleepUntil(this.#now + millis);
  }

  #newId(): string {
    return `${(this.#ids++).toString(36).padStart(8, '0')}AbCd=`;
  }

  stop(): void {
    this.#isOver = true;
  }

  /** @returns the ids of the connections that should get the tick of this boundary */
  dueAt(boundary: number): Set<string> {
    const due = new Set<string>();
    for (const [id, atMillis] of this.#connectedAtMillis) if (atMillis <= boundary - DUE_AFTER_MILLIS) due.add(id);
    return due;
  }

  receiveTick(connectionId: string): void {
    const old = this.#replaced.get(connectionId);
    if (old !== undefined) {
      this.#replaced.delete(connectionId);
      this.#disconnect(old);
    }
    const sinceMillis = this.#waitingSinceMillis.get(connectionId);
    if (sinceMillis === undefined) return;
    this.#waitingSinceMillis.delete(connectionId);
    this.recoveryMillis.push(this.#now - sinceMillis);
  }

  /** Adds a viewer who connected a minute ago. A viewer whose shard is full comes again under another connection id. */
  async settle(): Promise<void> {
    const { plan, world } = this.#parts;
    const { connections, viewers, shards } = world;
    const id = this.#newId();
    const relay = world.relay(shardOf(partitionOf(id), shards));
    if ((await relay.reservePlace(Math.ceil(plan.places / shards))) === undefined) return this.settle();
    const connectedMillis = this.#now - SETTLED_BEFORE_MILLIS;
    await connections.put(makeConnection(id, connectedMillis));
    viewers.set(id, { connectedMillis });
    this.#addConnection(id, connectedMillis);
  }

  #addConnection(id: string, connectedMillis: number): void {
    this.#connectedAtMillis.set(id, connectedMillis);
    this.#renewable.push(id);
  }

  /** Sends the probes and the renewals of connected viewers, evenly over time. */
  async keepTalking(): Promise<void> {
    const { plan, lambda, world } = this.#parts;
    const periodMillis = 100;
    let probes = 0;
    let renewals = 0;
    while (!this.#isOver) {
      await this.#sleep(periodMillis);
      lambda.runners = world.living.length;
      probes += (this.count * periodMillis) / 1000 / probeGapSeconds(plan.intervalSeconds);
      for (; probes >= 1; probes--) this.#probe();
      renewals += (this.count * periodMillis) / 60_000 / ASSUMPTIONS.connectionMinutes;
      for (; renewals >= 1; renewals--) this.#renewOldest();
    }
  }

  async #probe(): Promise<void> {
    const { gateway, lambda } = this.#parts;
    this.probes.sent++;
    if (!gateway.acceptsMessage(this.#now)) this.probes.throttled++;
    else if (!(await lambda.run('message', ASSUMPTIONS.messageSeconds, async () => true)))
      this.probes.refusedByLambda++;
  }

  /** The old connection stays until the new one has got a tick. A client that is refused keeps the old one. */
  async #renewOldest(): Promise<void> {
    const oldest = this.#renewable.shift();
    if (oldest === undefined) return;
    const id = await this.#connect(this.renewals);
    if (id === undefined) {
      this.#renewable.push(oldest);
      return;
    }
    // From now on the viewer counts with its new connection.
    this.#connectedAtMillis.delete(oldest);
    this.#replaced.set(id, oldest);
  }

  async #disconnect(id: string): Promise<void> {
    const { world, lambda, table } = this.#parts;
    await lambda.run('disconnect', ASSUMPTIONS.disconnectSeconds, async () => {
      const isTold = table.accepts('remove', this.#now, this.count);
      await world.disconnect(id, isTold);
    });
  }

  /** A viewer of the lost cell. Its own cell, which is gone, is the first of its list, and the others follow in random
   *  order. When it goes on to another cell, a viewer in the same situation comes from there, because the other cells
   *  are like this one. */
  async return(lostAtMillis: number): Promise<void> {
    const { plan, random, world } = this.#parts;
    await world.clock.sleepUntil(lostAtMillis);
    const backoff = new Backoff(RECONNECT_WINDOW_MILLIS, random);
    for (let attempt = 1; !this.#isOver; attempt++) {
      await this.#sleep(backoff.nextMillis() + within(ASSUMED.viewerRoundTripMillis, random));
      if (attempt % plan.cells !== 0 && (await this.#connect(this.returns, lostAtMillis)) !== undefined) return;
    }
  }

  /** @param lostAtMillis if the viewer comes from the lost cell
   *  @returns the connection id; undefined if the viewer was refused */
  async #connect(counts: RequestCounts, lostAtMillis?: number): Promise<string | undefined> {
    const { gateway, lambda, world } = this.#parts;
    counts.sent++;
    if (!gateway.acceptsHandshake(this.#now)) {
      counts.throttled++;
      return undefined;
    }
    const id = this.#newId();
    const status = await lambda.run('connect', ASSUMPTIONS.connectSeconds, () => {
      if (lostAtMillis !== undefined) this.#waitingSinceMillis.set(id, lostAtMillis);
      return world.connect(id);
    });
    if (status === 101) {
      this.#addConnection(id, this.#now);
      for (const millis of PROBES_AFTER_MILLIS) this.#sleep(millis).then(() => this.#probe());
      return id;
    }
    this.#waitingSinceMillis.delete(id);
    if (status === 429) counts.refusedFull++;
    if (status === undefined) counts.refusedByLambda++;
    return undefined;
  }
}

function noRequests(): RequestCounts {
  return { sent: 0, throttled: 0, refusedByLambda: 0, refusedFull: 0 };
}
