// What DynamoDB accepts for one cell. Each relay item has the limit of one partition. The rows of viewers lie under 16
// keys, none of which comes near that limit, so they are held against the table's limit alone.

import { TokenBucket } from '../../local/gateway/throttle.ts';
import { QUOTAS } from './assumptions.ts';
import { rosterReadUnits } from './plan.ts';

const RELAY_WRITES = [
  'claim',
  'writeCensus',
  'replaceVoid',
  'markEmpty',
  'countArrival',
  'reservePlace',
  'beginWaking',
];
const ROW_WRITES = ['put', 'remove', 'removeOld', 'setLayout'];

export class SimulatedTable {
  readonly #relayWrites: readonly TokenBucket[];
  readonly #writes = new TokenBucket(QUOTAS.tableWrites, QUOTAS.tableWrites);
  readonly #reads = new TokenBucket(QUOTAS.tableReads, QUOTAS.tableReads);
  readonly #shards: number;
  readonly #unitsBySecond = { reads: new Map<number, number>(), writes: new Map<number, number>() };
  /** Calls. */
  throttled = 0;

  constructor(shards: number) {
    this.#shards = shards;
    const { partitionWrites } = QUOTAS;
    this.#relayWrites = Array.from({ length: shards }, () => new TokenBucket(partitionWrites, partitionWrites));
  }

  /** @param name of the store's method
   *  @param viewers in all shards
   *  @param shard of the relay item; undefined for the rows of viewers
   *  @returns whether the call is within the limits */
  accepts(name: string, nowMillis: number, viewers: number, shard?: number): boolean {
    const isWrite = RELAY_WRITES.includes(name) || ROW_WRITES.includes(name);
    const units = name === 'list' ? Math.min(QUOTAS.tableReads, rosterReadUnits(viewers / this.#shards)) : 1;
    const item = isWrite && shard !== undefined ? this.#relayWrites[shard] : undefined;
    const table = isWrite ? this.#writes : this.#reads;
    if (item?.take(nowMillis) === false || !table.take(nowMillis, units)) {
      this.throttled++;
      return false;
    }
    const second = Math.floor(nowMillis / 1000);
    const used = this.#unitsBySecond[isWrite ? 'writes' : 'reads'];
    used.set(second, (used.get(second) ?? 0) + units);
    return true;
  }

  /** @returns the most units that were used in one second */
  busiestSecond(kind: 'reads' | 'writes'): number {
    return Math.max(0, ...this.#unitsBySecond[kind].values());
  }
}
