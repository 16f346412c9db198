// The sending side of a runner: the roster before the boundary, the fan-out on it, the removals after it.

import { boundaryMillis } from '../../protocol/tick.ts';
import type { Connection } from './connection.ts';
import { fanOut, inTurn } from './fan-out.ts';
import { type Layout, partitionsOf } from './layout.ts';
import { MEASUREMENT_PERIOD_MILLIS, Meter } from './measurements.ts';
import { reachedNobody } from './outcomes.ts';
import { Pace } from './pace.ts';
import type { Census, Clock, ConnectionStore, Log, Metrics, Poster } from './ports.ts';
import { Removals } from './removals.ts';
import { Roster } from './roster.ts';

/** How long after the boundary a copy may still leave. Older, it would tell a time that has passed. */
export const SEND_WINDOW_MILLIS = 900;

/** How long after the boundary the first roster is waited for. Later ones must be there by the boundary. */
export const ROSTER_WINDOW_MILLIS = 450;

/** How long a roster is waited for that could not be asked for before the boundary. */
const LATE_ROSTER_MILLIS = 150;

/** When the roster is asked for at the latest, before the boundary. Until then the posts of the tick before go first: a
 *  roster of ten thousand takes a tenth of a second of what they would use. */
const ROSTER_LEAD_MILLIS = 200;

/** Between two attempts to read the roster. */
const READ_RETRY_MILLIS = 50;

/** Removals begin nothing in this last part of an interval: it is for the next tick. */
const QUIET_MILLIS = 500;

/** How long a run waits in the end for the rows it is removing. */
const REMOVAL_GRACE_MILLIS = 500;

export interface DeliveryOptions {
  readonly intervalMillis: number;
  /** From 0 to `shards` - 1. */
  readonly shard: number;
  /** One of {@link SHARD_COUNTS}. */
  readonly shards: number;
  /** Posts in flight at most. */
  readonly poolSize: number;
  /** Connections that one address may hold in this shard; undefined for any number. */
  readonly maxPerAddress?: number | undefined;
}

export interface DeliveryPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly poster: Poster;
  readonly metrics: Metrics;
  readonly log: Log;
}

export class Delivery {
  readonly meter = new Meter();
  readonly #options: DeliveryOptions;
  readonly #ports: DeliveryPorts;
  readonly #layout: Layout;
  readonly #partitions: readonly number[];
  readonly #roster: Roster;
  readonly #removals: Removals;
  readonly #pace: Pace;
  /** Of the last tick. */
  #silent: ReadonlySet<string> = new Set();
  #sending: Promise<void> = Promise.resolve();
  #measuredMillis: number;

  constructor(options: DeliveryOptions, ports: DeliveryPorts) {
    const now = ports.clock.now();
    this.#options = options;
    this.#ports = ports;
    this.#layout = { shards: options.shards, sinceMillis: now };
    this.#partitions = partitionsOf(options.shard, options.shards);
    this.#roster = new Roster(this.#layout, this.#partitions, ports);
    this.#removals = new Removals(ports);
    this.#pace = new Pace(options.poolSize);
    this.#measuredMillis = now;
  }

  /** Who is connected, as of the last roster. */
  get census(): Census | undefined {
    return this.#roster.census(this.#options.maxPerAddress);
  }

  /** A later layout serves all that this runner serves. */
  get isSuperseded(): boolean {
    return this.#roster.isSuperseded;
  }

  /** @param latestMillis how long to wait for it, and to ask again when the table fails; epoch
   *  @returns whether a new one came */
  async readRoster(latestMillis: number): Promise<boolean> {
    const { clock } = this.#ports;
    const read = async () => {
      while (!(await this.#roster.read())) {
        if (clock.now() >= latestMillis) return false;
        await clock.sleepUntil(clock.now() + READ_RETRY_MILLIS);
      }
      return true;
    };
    return Promise.race([read(), clock.sleepUntil(latestMillis).then(() => false)]);
  }

  /** Reads the roster and opens HTTP connections for it, as far as that is done by the boundary.
   *  @returns whether the roster is a new one */
  async prepare(boundary: number): Promise<boolean> {
    const { clock, poster, log } = this.#ports;
    await Promise.race([this.#sending, clock.sleepUntil(boundary - ROSTER_LEAD_MILLIS)]);
    // A claim that was won late leaves the roster a moment all the same; without any roster there is more.
    const soonMillis = this.#roster.connections
      ? Math.max(boundary, clock.now() + LATE_ROSTER_MILLIS)
      : Number.MAX_VALUE;
    const isNew = await this.readRoster(Math.min(soonMillis, boundary + ROSTER_WINDOW_MILLIS));
    const count = Math.min(this.#options.poolSize, this.#roster.connections?.length ?? 0);
    const isReady = poster.prepare(count).catch((error) => log.warn('could not prepare the posts', { error }));
    await Promise.race([isReady, clock.sleepUntil(boundary)]);
    return isNew;
  }

  /** The last roster has nobody. */
  get isEmpty(): boolean {
    return this.#roster.connections?.length === 0;
  }

  /** Whether the table, asked with certainty, has nobody. */
  async isAbandoned(): Promise<boolean> {
    return (await this.#roster.count()) === 0;
  }

  /** Waits for the boundary, and begins to send the tick. */
  async send(sequence: number): Promise<void> {
    const { intervalMillis } = this.#options;
    const boundary = boundaryMillis(sequence, intervalMillis);
    const deadlineMillis = boundary + SEND_WINDOW_MILLIS;
    await this.#sending;
    const known = this.#roster.connections?.filter(({ connectionId }) => !this.#removals.has(connectionId));
    if (known === undefined) return this.miss(1, 'no roster could be read yet', sequence);
    const connections = inTurn(known, sequence, this.#silent);
    await this.#ports.clock.sleepUntil(boundary);
    if (this.#ports.clock.now() >= deadlineMillis) return this.miss(1, 'the runner was late', sequence);

    const tick = { sequence, intervalMillis, connections, deadlineMillis, pace: this.#pace };
    this.#sending = fanOut(tick, this.#ports).then((result) => {
      this.#silent = result.silent;
      this.meter.fannedOut(result);
      if (reachedNobody(result.report)) this.miss(1, 'no copy arrived', sequence);
      else this.meter.total.sent++;
      this.#tidy(result.gone, boundary + intervalMillis - QUIET_MILLIS);
    });
  }

  /** Counts ticks that nobody got. @param sequence of the first tick after them, or of the one itself */
  miss(count: number, reason: string, sequence: number): void {
    this.meter.total.missed += count;
    this.#ports.log.error('missed ticks', { count, reason, sequence });
  }

  /** What can wait until the tick is out. */
  #tidy(gone: readonly Connection[], untilMillis: number): void {
    const { clock, connections, log } = this.#ports;
    this.#removals.keepOnly(this.#roster.connections ?? []);
    this.#removals.add(gone);
    this.#removals.work(untilMillis);
    if (this.#roster.needsLayout) {
      const told = connections.setLayout(this.#partitions, this.#layout);
      told.catch((error) => log.warn('could not say which layout serves the partitions', { error }));
    }
    if (clock.now() - this.#measuredMillis >= MEASUREMENT_PERIOD_MILLIS) this.#measure();
  }

  #measure(): void {
    this.#measuredMillis = this.#ports.clock.now();
    const measurements = this.meter.take();
    if (measurements !== undefined) this.#report((metrics) => metrics.record(measurements));
  }

  #report(tell: (metrics: Metrics) => void): void {
    try {
      tell(this.#ports.metrics);
    } catch (error) {
      this.#ports.log.error('could not record the measurements', { error });
    }
  }

  /** Ends what is under way. @param isAbandoned nobody is connected */
  async finish(isAbandoned: boolean): Promise<void> {
    const { clock } = this.#ports;
    await this.#sending;
    const untilMillis = clock.now() + REMOVAL_GRACE_MILLIS;
    await Promise.race([this.#removals.work(untilMillis), clock.sleepUntil(untilMillis)]);
    this.#measure();
    if (isAbandoned) this.#report((metrics) => metrics.rested());
  }
}
