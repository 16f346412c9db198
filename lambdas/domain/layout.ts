// Shards divide the partitions of the connections between runners. docs/decisions/0006-shards.md explains how a
// deployment changes the number of shards without losing a viewer.

import { PARTITION_COUNT } from '../../protocol/limits.ts';

/** The number of shards that a runner was deployed with. If runners of two layouts serve the same partition, the later
 *  layout wins. */
export interface Layout {
  readonly shards: number;
  /** When the runner that wrote the layout started, as Unix time in milliseconds. */
  readonly sinceMillis: number;
}

/** Returns the partitions of a shard.
 *  @param shard from 0 to `shards` - 1 */
export function partitionsOf(shard: number, shards: number): number[] {
  return Array.from({ length: PARTITION_COUNT / shards }, (_, index) => shard + index * shards);
}

export function shardOf(partition: number, shards: number): number {
  return partition % shards;
}

/** Returns whether a later layout with another number of shards serves a partition.
 *  @param other the layout that is written for the partition */
export function isSuperseded(own: Layout, other: Layout | undefined): boolean {
  return other !== undefined && other.shards !== own.shards && other.sinceMillis > own.sinceMillis;
}
