// The viewers who get the next tick: the connections of a shard, as the table last listed them.

import { crowdedAddresses, limitByAddress } from './address-limit.ts';
import { type Connection, partitionOf } from './connection.ts';
import { isSuperseded, type Layout } from './layout.ts';
import type { Census, Clock, ConnectionStore, Listing, Log } from './ports.ts';

export interface RosterPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly log: Log;
}

/** How long a roster serves although no viewer has arrived: connections end without a word, and layouts change. */
const MAX_AGE_MILLIS = 30_000;

export class Roster {
  readonly #layout: Layout;
  readonly #partitions: readonly number[];
  readonly #ports: RosterPorts;
  readonly #maxPerAddress: number | undefined;
  #readsBegun = 0;
  #lastRead = 0;
  #connections: readonly Connection[] | undefined;
  #layouts: Listing['layouts'] = new Map();
  #arrivals = -1;
  #readAtMillis = 0;

  /** @param layout the runner's own
   *  @param maxPerAddress connections that one address may hold; undefined for any number */
  constructor(layout: Layout, partitions: readonly number[], ports: RosterPorts, maxPerAddress?: number) {
    this.#layout = layout;
    this.#partitions = partitions;
    this.#ports = ports;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Undefined until the first read has succeeded. */
  get connections(): readonly Connection[] | undefined {
    return this.#connections;
  }

  /** The count of arrivals that this roster contains; -1 before the first read. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** @param arrivals as the relay has counted them */
  isStale(arrivals: number): boolean {
    const isOld = this.#ports.clock.monotonicMillis() - this.#readAtMillis > MAX_AGE_MILLIS;
    return isOld || arrivals !== this.#arrivals || this.#connections === undefined;
  }

  /** Has the next tick read it anew. */
  expire(): void {
    this.#readAtMillis = Number.NEGATIVE_INFINITY;
  }

  /** Later layouts serve all of the shard's partitions. */
  get isSuperseded(): boolean {
    return this.#partitions.every((partition) => isSuperseded(this.#layout, this.#layouts.get(partition)));
  }

  /** Layouts that served some of the partitions and are to be replaced by the runner's: their numbers of shards, 0 for none.
   *  Empty when the runner's layout serves all that no later one serves. */
  get replacedLayouts(): ReadonlySet<number> {
    const layouts = this.#partitions.map((partition) => this.#layouts.get(partition));
    const replaced = layouts.filter(
      (layout) => layout?.shards !== this.#layout.shards && !isSuperseded(this.#layout, layout),
    );
    return new Set(replaced.map((layout) => layout?.shards ?? 0));
  }

  /** Notes that the runner's layout has been written to the partitions that no later layout serves. */
  adoptLayout(): void {
    const adopted = this.#partitions.map((partition): [number, Layout | undefined] => {
      const layout = this.#layouts.get(partition);
      return [partition, isSuperseded(this.#layout, layout) ? layout : this.#layout];
    });
    this.#layouts = new Map(adopted);
  }

  /** Renews the roster; a slow answer that comes after a later one does not. When the table fails, the last roster serves.
   *  @param arrivals as the relay had counted them before
   *  @returns whether the table answered */
  async read(arrivals: number): Promise<boolean> {
    const read = ++this.#readsBegun;
    const { clock, log } = this.#ports;
    const begunAtMillis = clock.monotonicMillis();
    try {
      const listing = await this.#ports.connections.list(this.#partitions, clock.now());
      if (read > this.#lastRead) {
        this.#lastRead = read;
        this.#connections = limitByAddress(this.#oursOf(listing), this.#maxPerAddress);
        this.#layouts = listing.layouts;
        [this.#arrivals, this.#readAtMillis] = [arrivals, begunAtMillis];
      }
      return true;
    } catch (error) {
      log.warn('could not read the roster; the last one serves', { error });
      return false;
    }
  }

  #oursOf({ connections, layouts }: Listing): readonly Connection[] {
    const lost = new Set(this.#partitions.filter((partition) => isSuperseded(this.#layout, layouts.get(partition))));
    if (lost.size === 0) return connections;
    return connections.filter(({ connectionId }) => !lost.has(partitionOf(connectionId)));
  }

  /** Removes connections that the gateway no longer has. */
  forget(gone: readonly Connection[]): void {
    if (gone.length === 0) return;
    const ids = new Set(gone.map(({ connectionId }) => connectionId));
    this.#connections = this.#connections?.filter(({ connectionId }) => !ids.has(connectionId));
  }

  /** Undefined until the first read has succeeded. */
  get census(): Census | undefined {
    const connections = this.#connections;
    if (connections === undefined) return undefined;
    const crowded = crowdedAddresses(connections, this.#maxPerAddress);
    return { viewers: connections.length, arrivals: this.#arrivals, crowdedAddresses: crowded };
  }
}
