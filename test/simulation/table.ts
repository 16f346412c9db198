// What DynamoDB admits of one cell. The relay items are one partition each; the rows of viewers lie under many keys, and are held
// against the table's limit as a whole.

import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { TokenBucket } from '../../local/gateway/throttle.ts';
import { QUOTAS } from './assumptions.ts';

const RELAY_WRITES = ['claim', 'keepCensus', 'replaceVoid', 'markEmpty', 'countArrival', 'takePlace', 'beginWaking'];
const ROW_WRITES = ['put', 'remove', 'removeOld', 'setLayout'];

const READ_UNIT_BYTES = 4_096;

export class SimulatedTable {
  readonly #relayWrites: TokenBucket;
  readonly #writes = new TokenBucket(QUOTAS.tableWrites, QUOTAS.tableWrites);
  readonly #reads = new TokenBucket(QUOTAS.tableReads, QUOTAS.tableReads);
  readonly #shards: number;
  readonly #usedBySecond = new Map<string, number>();
  throttled = 0;

  constructor(shards: number) {
    this.#shards = shards;
    this.#relayWrites = new TokenBucket(shards * QUOTAS.partitionWrites, shards * QUOTAS.partitionWrites);
  }

  /** @param name of the store's method
   *  @param rows of the whole roster
   *  @returns whether the call is within the limits */
  takes(name: string, nowMillis: number, rows: number): boolean {
    const units =
      name === 'list' ? Math.ceil((rows * ASSUMPTIONS.connectionRowBytes) / READ_UNIT_BYTES / this.#shards) : 1;
    const isWrite = RELAY_WRITES.includes(name) || ROW_WRITES.includes(name);
    const isTaken = isWrite
      ? (!RELAY_WRITES.includes(name) || this.#relayWrites.take(nowMillis)) && this.#writes.take(nowMillis)
      : this.#reads.take(nowMillis, Math.min(units, QUOTAS.tableReads));
    if (!isTaken) {
      this.throttled++;
      return false;
    }
    const second = `${isWrite ? 'writes' : 'reads'} ${Math.floor(nowMillis / 1000)}`;
    this.#usedBySecond.set(second, (this.#usedBySecond.get(second) ?? 0) + units);
    return true;
  }

  /** The most units that were used in one second. */
  busiest(kind: 'reads' | 'writes'): number {
    return Math.max(
      0,
      ...[...this.#usedBySecond].flatMap(([second, units]) => (second.startsWith(kind) ? [units] : [])),
    );
  }
}
