// Shards: how the partitions of the connections are shared between runners. docs/decisions/0006-shards.md tells how a
// deployment changes their number without losing a viewer.

import { PARTITION_COUNT } from '../../protocol/limits.ts';

/** Who serves a partition: the number of shards of the deployment, and when the runner that says so had started. Of two
 *  layouts the later one serves. */
export interface Layout {
  readonly shards: number;
  /** Epoch. */
  readonly sinceMillis: number;
}

/** @param shard from 0 to `shards` - 1 */
export function partitionsOf(shard: number, shards: number): number[] {
  return Array.from({ length: PARTITION_COUNT / shards }, (_, index) => shard + index * shards);
}

export function shardOf(partition: number, shards: number): number {
  return partition % shards;
}

/** Whether a partition is served by another layout than the runner's own, one that came later. */
export function isSuperseded(own: Layout, other: Layout | undefined): boolean {
  return other !== undefined && other.shards !== own.shards && other.sinceMillis > own.sinceMillis;
}
