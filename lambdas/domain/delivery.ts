// The sending side of a runner: the roster before the boundary, the fan-out on it, the removals after it.

import { boundaryMillis, sendWindowMillis } from '../../protocol/tick.ts';
import type { ClockProof } from './clock-proof.ts';
import { fanOut, inTurn } from './fan-out.ts';
import { type Layout, partitionsOf } from './layout.ts';
import { MEASUREMENT_PERIOD_MILLIS, Meter } from './measurements.ts';
import { reachedNobody } from './outcomes.ts';
import { Pace } from './pace.ts';
import type { Clock, ConnectionStore, Log, Metrics, Poster, RelayStore } from './ports.ts';
import { Removals } from './removals.ts';
import { Roster } from './roster.ts';

/** How long after the boundary a fan-out may still begin. */
export const START_WINDOW_MILLIS = 900;

/** How long after the boundary the first roster is waited for. Later ones must be there by the boundary. */
export const ROSTER_WINDOW_MILLIS = 450;

/** How long a roster is waited for that could not be asked for before the boundary. */
const LATE_ROSTER_MILLIS = 150;

/** When the roster is asked for at the latest, before the boundary. Until then the previous tick's posts have priority: a roster
 *  of ten thousand takes a tenth of a second of CPU. */
const ROSTER_LEAD_MILLIS = 200;

/** Between two attempts to read the roster. */
const READ_RETRY_MILLIS = 50;

/** Removals begin nothing in this last part of an interval: it is for the next tick. */
const QUIET_MILLIS = 500;

/** How long a run waits at its end for the rows that it is removing. */
const REMOVAL_GRACE_MILLIS = 500;

export interface DeliveryOptions {
  readonly intervalMillis: number;
  /** From 0 to `shards` - 1. */
  readonly shard: number;
  /** One of {@link SHARD_COUNTS}. */
  readonly shards: number;
  /** Posts in flight at most. */
  readonly poolSize: number;
  /** Posts of this runner a second at most. */
  readonly postsPerSecond: number;
  /** Connections that one address may hold in this shard; undefined for any number. */
  readonly maxPerAddress?: number | undefined;
}

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly relay: RelayStore;
  readonly poster: Poster;
  readonly proof: ClockProof;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class Delivery {
  readonly meter = new Meter();
  readonly roster: Roster;
  readonly #options: DeliveryOptions;
  readonly #ports: DeliveryPorts;
  readonly #layout: Layout;
  readonly #partitions: readonly number[];
  readonly #removals: Removals;
  readonly #pace: Pace;
  /** Ids of the connections whose last post timed out. */
  #timedOut: ReadonlySet<string> = new Set();
  #sending: Promise<void> = Promise.resolve();
  #announcing: Promise<void> = Promise.resolve();
  #measuredAtMillis: number;

  constructor(options: DeliveryOptions, ports: DeliveryPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#layout = { shards: options.shards, sinceMillis: ports.clock.now() };
    this.#partitions = partitionsOf(options.shard, options.shards);
    this.roster = new Roster(this.#layout, this.#partitions, ports, options.maxPerAddress);
    this.#removals = new Removals(ports);
    this.#pace = new Pace({ maxInFlight: options.poolSize, postsPerSecond: options.postsPerSecond });
    this.#measuredAtMillis = ports.clock.monotonicMillis();
  }

  /** The roster is known, and it is empty. */
  get isEmpty(): boolean {
    return this.roster.connections?.length === 0;
  }

  /** Reads the roster, again and again while the table fails.
   *  @param arrivals as the relay had counted them before
   *  @param latestMillis how long to wait for it; Unix time in milliseconds */
  async readRoster(arrivals: number, latestMillis: number): Promise<void> {
    const { clock } = this.#ports;
    const read = async () => {
      while (!(await this.roster.read(arrivals)) && clock.now() < latestMillis) {
        await clock.sleepUntil(clock.now() + READ_RETRY_MILLIS);
      }
    };
    await Promise.race([read(), clock.sleepUntil(latestMillis)]);
  }

  /** Reads the roster if it is stale, and opens HTTP connections for it, as far as that is done by the boundary.
   *  @param arrivals as the relay had counted them at the claim
   *  @param isEarly the claim is so old that viewers may have arrived since */
  async prepare(boundary: number, arrivals: number, isEarly: boolean): Promise<void> {
    const { clock, poster, log } = this.#ports;
    if (isEarly || this.roster.isStale(arrivals)) {
      await Promise.race([this.#sending, clock.sleepUntil(boundary - ROSTER_LEAD_MILLIS)]);
      // A claim that was won late leaves the roster a moment all the same; without any roster there is more.
      const soonMillis = this.roster.connections
        ? Math.max(boundary, clock.now() + LATE_ROSTER_MILLIS)
        : Number.MAX_VALUE;
      await this.readRoster(arrivals, Math.min(soonMillis, boundary + ROSTER_WINDOW_MILLIS));
    }
    const count = Math.min(this.#options.poolSize, this.roster.connections?.length ?? 0);
    const isReady = poster.prepare(count).catch((error) => log.warn('could not prepare the posts', { error }));
    await Promise.race([isReady, clock.sleepUntil(boundary)]);
  }

  /** Resolves when the posts of the previous tick have ended. */
  get previousTick(): Promise<void> {
    return this.#sending;
  }

  /** Begins to send the tick, if it is still time. @returns whether it began */
  startSend(sequence: number): boolean {
    const { intervalMillis } = this.#options;
    const boundary = boundaryMillis(sequence, intervalMillis);
    const deadlineMillis = boundary + sendWindowMillis(intervalMillis);
    const known = this.roster.connections;
    if (known === undefined) this.miss(1, 'no roster could be read yet', sequence);
    else if (this.#ports.clock.now() >= boundary + START_WINDOW_MILLIS) this.miss(1, 'the runner was late', sequence);
    else {
      const connections = inTurn(known, sequence, this.#timedOut);
      const tick = { sequence, intervalMillis, connections, deadlineMillis, pace: this.#pace };
      this.#sending = fanOut(tick, this.#ports).then((result) => {
        this.#timedOut = result.silent;
        this.meter.fannedOut(result);
        if (reachedNobody(result.report)) this.miss(1, 'no copy arrived', sequence);
        else this.meter.total.sent++;
        const settled = this.#removals.add(result.gone);
        this.roster.forget(settled);
        // The others are still being connected, or have left soon: only the table tells which.
        if (settled.length < result.gone.length) this.roster.expire();
        this.#afterTick(boundary + intervalMillis - QUIET_MILLIS);
      });
      return true;
    }
    return false;
  }

  /** Counts ticks that reached nobody. @param sequence of the first tick after them, or of the one itself */
  miss(count: number, reason: string, sequence: number): void {
    this.meter.total.missed += count;
    this.#ports.log.error('missed ticks', { count, reason, sequence });
  }

  /** Work that can wait until the tick is out. */
  #afterTick(untilMillis: number): void {
    this.#removals.work(untilMillis);
    const replaced = this.roster.replacedLayouts;
    if (replaced.size > 0) this.#announcing = this.#announceLayout(replaced);
    if (this.#ports.clock.monotonicMillis() - this.#measuredAtMillis >= MEASUREMENT_PERIOD_MILLIS) this.measure();
  }

  /** Writes the layout to the partitions, and has the leaders of the replaced layouts read it. */
  async #announceLayout(replaced: ReadonlySet<number>): Promise<void> {
    const { connections, relay, log } = this.#ports;
    try {
      await connections.setLayout(this.#partitions, this.#layout);
      this.roster.adoptLayout();
      for (const shards of replaced) if (shards > 0) await relay.alertLayout(shards);
    } catch (error) {
      log.warn('could not write which layout serves the partitions', { error });
    }
  }

  measure(): void {
    const { clock, proof, metrics, log } = this.#ports;
    this.#measuredAtMillis = clock.monotonicMillis();
    const measurements = this.meter.take();
    if (measurements === undefined) return;
    const clockBoundMillis = proof.boundMillis;
    try {
      metrics.record(clockBoundMillis === undefined ? measurements : { ...measurements, clockBoundMillis });
    } catch (error) {
      log.error('could not record the measurements', { error });
    }
  }

  /** Ends what is under way. */
  async finish(): Promise<void> {
    const { clock } = this.#ports;
    await this.#sending;
    const untilMillis = clock.now() + REMOVAL_GRACE_MILLIS;
    const ending = Promise.all([this.#removals.work(untilMillis), this.#announcing]);
    await Promise.race([ending, clock.sleepUntil(untilMillis)]);
    this.measure();
  }
}
