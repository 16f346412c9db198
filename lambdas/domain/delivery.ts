// Sends one tick to all viewers of a runner's shard. Before the boundary it reads the roster, which lists the
// viewers. At the boundary it posts the tick to each viewer (fan-out.ts). After the tick it removes the rows of
// viewers who are gone.

import { boundaryMillis, sendWindowMillis } from '../../protocol/tick.ts';
import type { ClockProof } from './clock-proof.ts';
import { fanOut, sendOrder } from './fan-out.ts';
import { type Layout, partitionsOf } from './layout.ts';
import { MEASUREMENT_PERIOD_MILLIS, Meter } from './measurements.ts';
import { reachedNobody } from './outcomes.ts';
import { Pace } from './pace.ts';
import type { Clock, ConnectionStore, Log, Metrics, Poster, RelayStore } from './ports.ts';
import { Removals } from './removals.ts';
import { Roster } from './roster.ts';

/** How long after the boundary a fan-out may still start. */
export const START_WINDOW_MILLIS = 900;

/** How long after the boundary a runner without any roster still waits for its first one. */
export const ROSTER_WINDOW_MILLIS = 450;

/** A runner that has a roster waits for a newer one until the boundary, but at least this long from the start of the
 *  read, and never longer than 450 ms after the boundary. */
const LATE_ROSTER_MILLIS = 150;

/** A read of the roster waits until the posts of the previous tick have ended, but at most until this long before the
 *  boundary. The posts have priority, because a roster of ten thousand viewers takes a tenth of a second of CPU. */
const ROSTER_LEAD_MILLIS = 200;

/** Time between two attempts to read the roster. */
const READ_RETRY_MILLIS = 50;

/** While the runner continues, no removal starts in this last part of an interval, which is reserved for the next
 *  tick. */
const QUIET_MILLIS = 500;

/** How long a run waits at its end for removals that are in flight. */
const REMOVAL_GRACE_MILLIS = 500;

export interface DeliveryOptions {
  readonly intervalMillis: number;
  /** From 0 to `shards` - 1. */
  readonly shard: number;
  /** Number of shards: 1, 2, 4, 8 or 16. */
  readonly shards: number;
  /** Maximum number of posts in flight. */
  readonly poolSize: number;
  /** Maximum number of posts per second of this runner. */
  readonly postsPerSecond: number;
  /** Maximum number of connections per address in this shard. Undefined means no limit. */
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
  /** The write of the layout that is in flight. */
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

  /** True if the roster has been read and has no viewers. */
  get isEmpty(): boolean {
    return this.roster.connections?.length === 0;
  }

  /** Reads the roster, and retries while the table fails.
   *  @param arrivals the relay's counter of admitted viewers (`RelayState.arrivals`) before the read
   *  @param latestMillis Unix time in milliseconds at which it stops waiting */
  async readRoster(arrivals: number, latestMillis: number): Promise<void> {
    const { clock } = this.#ports;
    const read = async () => {
      while (!(await this.roster.read(arrivals)) && clock.now() < latestMillis) {
        await clock.sleepUntil(clock.now() + READ_RETRY_MILLIS);
      }
    };
    await Promise.race([read(), clock.sleepUntil(latestMillis)]);
  }

  /** Reads the roster if it is stale, then opens HTTP connections to the gateway. Waits for these HTTP connections
   *  until the boundary at most.
   *  @param arrivals the relay's count of arrivals at the claim
   *  @param isEarly true if the runner may claim more than 900 ms before the boundary. Viewers may have arrived since,
   *  so the roster is then read in any case. */
  async prepare(boundary: number, arrivals: number, isEarly: boolean): Promise<void> {
    const { clock, poster, log } = this.#ports;
    if (isEarly || this.roster.isStale(arrivals)) {
      await Promise.race([this.#sending, clock.sleepUntil(boundary - ROSTER_LEAD_MILLIS)]);
      // If the claim was won late, still allow the read a short time. A runner without any roster waits longer.
      const soonMillis = this.roster.connections
        ? Math.max(boundary, clock.now() + LATE_ROSTER_MILLIS)
        : Number.MAX_VALUE;
      await this.readRoster(arrivals, Math.min(soonMillis, boundary + ROSTER_WINDOW_MILLIS));
    }
    const count = Math.min(this.#options.poolSize, this.roster.connections?.length ?? 0);
    const isReady = poster.prepare(count).catch((error) => log.warn('could not prepare the posts', { error }));
    await Promise.race([isReady, clock.sleepUntil(boundary)]);
  }

  /** Resolves when all posts of the previous tick have ended. */
  get previousTick(): Promise<void> {
    return this.#sending;
  }

  /** Starts to send the tick, unless it is too late or there is no roster. @returns whether the fan-out has started */
  startSend(sequence: number): boolean {
    const { intervalMillis } = this.#options;
    const boundary = boundaryMillis(sequence, intervalMillis);
    const deadlineMillis = boundary + sendWindowMillis(intervalMillis);
    const known = this.roster.connections;
    if (known === undefined) this.countMissed(1, 'no roster could be read yet', sequence);
    else if (this.#ports.clock.now() >= boundary + START_WINDOW_MILLIS)
      this.countMissed(1, 'the runner was late', sequence);
    else {
      const connections = sendOrder(known, sequence, this.#timedOut);
      const tick = { sequence, intervalMillis, connections, deadlineMillis, pace: this.#pace };
      this.#sending = fanOut(tick, this.#ports).then((result) => {
        this.#timedOut = result.timedOutIds;
        this.meter.addFanOut(result);
        if (reachedNobody(result.report)) this.countMissed(1, 'no copy arrived', sequence);
        else this.meter.total.sent++;
        const settled = this.#removals.add(result.gone);
        this.roster.remove(settled);
        // Young connections may still be in their handshake, or may have left soon after it. Only the table shows
        // which, so read the roster again.
        if (settled.length < result.gone.length) this.roster.markStale();
        this.#afterTick(boundary + intervalMillis - QUIET_MILLIS);
      });
      return true;
    }
    return false;
  }

  /** Counts ticks that no connected viewer received.
   *  @param sequence number of the missed tick; for skipped ticks, number of the first tick after them */
  countMissed(count: number, reason: string, sequence: number): void {
    this.meter.total.missed += count;
    this.#ports.log.error('missed ticks', { count, reason, sequence });
  }

  /** Starts work that can wait until the tick is sent.
   *  @param untilMillis Unix time at which no further removal starts */
  #afterTick(untilMillis: number): void {
    this.#removals.run(untilMillis);
    const replaced = this.roster.replacedLayouts;
    if (replaced.size > 0) this.#announcing = this.#announceLayout(replaced);
    if (this.#ports.clock.monotonicMillis() - this.#measuredAtMillis >= MEASUREMENT_PERIOD_MILLIS) this.measure();
  }

  /** Records in the table that this runner's layout serves its partitions, except those that a later layout serves.
   *  Then makes the leaders of the earlier layouts read the new layout. */
  async #announceLayout(replaced: ReadonlySet<number>): Promise<void> {
    const { connections, relay, log } = this.#ports;
    try {
      await connections.setLayout(this.roster.servedPartitions, this.#layout);
      this.roster.adoptLayout();
      for (const shards of replaced) if (shards > 0) await relay.alertLayout(shards);
    } catch (error) {
      log.warn('could not write which layout serves the partitions', { error });
    }
  }

  /** Records the measurements since the last call, if there are any. */
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

  /** Waits for posts in flight, and up to half a second for removals and the layout. Then records the measurements. */
  async finish(): Promise<void> {
    const { clock } = this.#ports;
    await this.#sending;
    const untilMillis = clock.now() + REMOVAL_GRACE_MILLIS;
    const ending = Promise.all([this.#removals.run(untilMillis), this.#announcing]);
    await Promise.race([ending, clock.sleepUntil(untilMillis)]);
    this.measure();
  }
}
