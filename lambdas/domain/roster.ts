// Who gets the next tick: the connections of a shard as the table last told.

import { type Connection, partitionOf } from './connection.ts';
import { isSuperseded, type Layout } from './layout.ts';
import type { Census, Clock, ConnectionStore, Listing, Log } from './ports.ts';

/** Keeps the relay's item small, whoever attacks from however many addresses. */
const MAX_CROWDED_ADDRESSES = 100;

export interface RosterPorts {
  readonly clock: Clock;
  readonly connections: ConnectionStore;
  readonly log: Log;
}

export class Roster {
  readonly #layout: Layout;
  readonly #partitions: readonly number[];
  readonly #ports: RosterPorts;
  #readsBegun = 0;
  #lastRead = 0;
  #connections: readonly Connection[] | undefined;
  #layouts: Listing['layouts'] = new Map();

  /** @param layout the runner's own */
  constructor(layout: Layout, partitions: readonly number[], ports: RosterPorts) {
    this.#layout = layout;
    this.#partitions = partitions;
    this.#ports = ports;
  }

  /** Undefined until the first read has succeeded. */
  get connections(): readonly Connection[] | undefined {
    return this.#connections;
  }

  /** Later layouts serve all of the shard's partitions. */
  get isSuperseded(): boolean {
    return this.#partitions.every((partition) => isSuperseded(this.#layout, this.#layouts.get(partition)));
  }

  /** Some partition is not yet known to be served by the runner's layout, and is not another's. */
  get needsLayout(): boolean {
    return this.#partitions.some((partition) => {
      const layout = this.#layouts.get(partition);
      return layout?.shards !== this.#layout.shards && !isSuperseded(this.#layout, layout);
    });
  }

  /** @returns whether the table answered; when it does not, the last roster serves */
  async read(): Promise<boolean> {
    return (await this.#list('eventual')) !== undefined;
  }

  /** Asks with certainty. @returns how many are connected, or undefined when the table does not answer */
  async count(): Promise<number | undefined> {
    return (await this.#list('strong'))?.length;
  }

  /** Renews the roster; a slow answer that comes after a later one does not. */
  async #list(consistency: 'eventual' | 'strong'): Promise<readonly Connection[] | undefined> {
    const read = ++this.#readsBegun;
    const { clock, connections, log } = this.#ports;
    try {
      const listing = await connections.list(this.#partitions, clock.now(), consistency);
      const ours = this.#oursOf(listing);
      if (read > this.#lastRead) [this.#connections, this.#layouts, this.#lastRead] = [ours, listing.layouts, read];
      return ours;
    } catch (error) {
      log.warn('could not read the roster; the last one serves', { error });
      return undefined;
    }
  }

  #oursOf({ connections, layouts }: Listing): readonly Connection[] {
    const lost = new Set(this.#partitions.filter((partition) => isSuperseded(this.#layout, layouts.get(partition))));
    if (lost.size === 0) return connections;
    return connections.filter(({ connectionId }) => !lost.has(partitionOf(connectionId)));
  }

  /** @param maxPerAddress connections that one address may hold; undefined for any number */
  census(maxPerAddress: number | undefined): Census | undefined {
    if (this.#connections === undefined) return undefined;
    const crowdedAddresses = maxPerAddress === undefined ? [] : crowded(this.#connections, maxPerAddress);
    return { viewers: this.#connections.length, crowdedAddresses };
  }
}

function crowded(connections: readonly Connection[], maxPerAddress: number): string[] {
  const counts = new Map<string, number>();
  for (const { address } of connections) {
    if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  const addresses = [...counts].filter(([, count]) => count >= maxPerAddress).map(([address]) => address);
  return addresses.slice(0, MAX_CROWDED_ADDRESSES);
}
