// The roster: the connections of a shard, as the last read of the database listed them. The next tick goes to these
// viewers. If a read fails, the runner continues with the last roster.

import { crowdedAddresses, limitByAddress } from './address-limit.ts';
import { type Connection, partitionOf } from './connection.ts';
import { isSuperseded, type Layout } from './layout.ts';
import type { Census, Clock, ConnectionStore, Listing, Log } from './ports.ts';

export interface RosterPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly log: Log;
}

/** A roster older than this is read again even if no viewer has arrived, because rows can expire and layouts can
 *  change. */
const MAX_AGE_MILLIS = 30_000;

export class Roster {
  readonly #layout: Layout;
  readonly #partitions: readonly number[];
  readonly #ports: RosterPorts;
  readonly #maxPerAddress: number | undefined;
  #readsStarted = 0;
  /** Number of the latest read whose answer is in use. */
  #lastRead = 0;
  #connections: readonly Connection[] | undefined;
  #layouts: Listing['layouts'] = new Map();
  #arrivals = -1;
  #readAtMillis = 0;

  /** @param layout layout of this runner: its number of shards, and when it started
   *  @param maxPerAddress maximum number of connections per address; undefined means no limit */
  constructor(layout: Layout, partitions: readonly number[], ports: RosterPorts, maxPerAddress?: number) {
    this.#layout = layout;
    this.#partitions = partitions;
    this.#ports = ports;
    this.#maxPerAddress = maxPerAddress;
  }

  /** The viewers. Undefined until the first read has succeeded. */
  get connections(): readonly Connection[] | undefined {
    return this.#connections;
  }

  /** The relay's count of arrivals before this roster was read; -1 before the first read. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Returns whether the roster must be read again.
   *  @param arrivals the relay's current count of arrivals */
  isStale(arrivals: number): boolean {
    const isOld = this.#ports.clock.monotonicMillis() - this.#readAtMillis > MAX_AGE_MILLIS;
    return isOld || arrivals !== this.#arrivals || this.#connections === undefined;
  }

  /** Makes the roster stale, so that it is read again before the next tick. */
  markStale(): void {
    this.#readAtMillis = Number.NEGATIVE_INFINITY;
  }

  /** True if later layouts serve all partitions of this shard. The runner then has no viewers left. */
  get isSuperseded(): boolean {
    return this.#partitions.every((partition) => isSuperseded(this.#layout, this.#layouts.get(partition)));
  }

  /** The partitions of this shard that no later layout serves. */
  get servedPartitions(): readonly number[] {
    return this.#partitions.filter((partition) => !isSuperseded(this.#layout, this.#layouts.get(partition)));
  }

  /** The layouts that this runner's layout replaces, each as its number of shards. 0 stands for a partition without a
   *  layout. Empty if each partition either has a layout with the runner's own number of shards, or has a later
   *  layout. */
  get replacedLayouts(): ReadonlySet<number> {
    const layouts = this.#partitions.map((partition) => this.#layouts.get(partition));
    const replaced = layouts.filter(
      (layout) => layout?.shards !== this.#layout.shards && !isSuperseded(this.#layout, layout),
    );
    return new Set(replaced.map((layout) => layout?.shards ?? 0));
  }

  /** Records that the runner's layout was written to all partitions that no later layout serves. */
  adoptLayout(): void {
    const adopted = this.#partitions.map((partition): [number, Layout | undefined] => {
      const layout = this.#layouts.get(partition);
      return [partition, isSuperseded(this.#layout, layout) ? layout : this.#layout];
    });
    this.#layouts = new Map(adopted);
  }

  /** Reads the roster from the table. If reads overlap, an answer is ignored when a read that started later has already
   *  answered. If the table fails, the last roster stays in use.
   *  @param arrivals the relay's count of arrivals before this read
   *  @returns whether the table answered */
  async read(arrivals: number): Promise<boolean> {
    const read = ++this.#readsStarted;
    const { clock, log } = this.#ports;
    const startedAtMillis = clock.monotonicMillis();
    try {
      const listing = await this.#ports.connections.list(this.#partitions, clock.now());
      if (read > this.#lastRead) {
        this.#lastRead = read;
        this.#connections = limitByAddress(this.#ownConnectionsOf(listing), this.#maxPerAddress);
        this.#layouts = listing.layouts;
        [this.#arrivals, this.#readAtMillis] = [arrivals, startedAtMillis];
      }
      return true;
    } catch (error) {
      log.warn('could not read the roster; the last one serves', { error });
      return false;
    }
  }

  /** Returns the connections in partitions that no later layout serves. */
  #ownConnectionsOf({ connections, layouts }: Listing): readonly Connection[] {
    const lost = new Set(this.#partitions.filter((partition) => isSuperseded(this.#layout, layouts.get(partition))));
    if (lost.size === 0) return connections;
    return connections.filter(({ connectionId }) => !lost.has(partitionOf(connectionId)));
  }

  /** Removes connections from the roster, but not from the table. */
  remove(gone: readonly Connection[]): void {
    if (gone.length === 0) return;
    const ids = new Set(gone.map(({ connectionId }) => connectionId));
    this.#connections = this.#connections?.filter(({ connectionId }) => !ids.has(connectionId));
  }

  /** The number of viewers, for the relay item. Undefined until the first read has succeeded. */
  get census(): Census | undefined {
    const connections = this.#connections;
    if (connections === undefined) return undefined;
    const crowded = crowdedAddresses(connections, this.#maxPerAddress);
    return { viewers: connections.length, arrivals: this.#arrivals, crowdedAddresses: crowded };
  }
}
