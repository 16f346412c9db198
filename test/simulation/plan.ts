// How many cells and shards so many viewers need, when any one cell may be lost.

import { postsPerSecond, type RequestQuota, viewersThatFit } from '../../lib/quotas.ts';
import { SHARD_COUNTS } from '../../protocol/limits.ts';
import { sendWindowMillis } from '../../protocol/tick.ts';
import { ASSUMED } from './assumptions.ts';

export interface Demand {
  readonly viewers: number;
  readonly intervalSeconds: number;
  /** Of the function that sends the ticks, in MiB. */
  readonly memorySize: number;
  readonly quota: RequestQuota;
}

export interface Plan extends Demand {
  /** One more than hold all viewers. */
  readonly cells: number;
  /** Of each cell. */
  readonly shards: number;
  /** `maxViewers` of each cell. */
  readonly places: number;
  /** What limits the viewers of a cell. */
  readonly bound: 'posts' | 'roster';
}

/** How long a runner may take to read its roster. It begins 200 ms before the boundary, and no tick begins later than 450 ms after it:
 *  lambdas/domain/delivery.ts. */
const ROSTER_MILLIS = 300;

/** @param fixed what is not to be chosen */
export function planFor(demand: Demand, fixed: { readonly cells?: number; readonly shards?: number } = {}): Plan {
  const counts = fixed.shards === undefined ? SHARD_COUNTS : [fixed.shards];
  const most = Math.max(...counts.map((shards) => placesOf(demand, shards).places));
  const cells = fixed.cells ?? Math.ceil(demand.viewers / most) + 1;
  const needed = Math.ceil(demand.viewers / Math.max(1, cells - 1));
  // Viewers do not spread evenly when they choose by chance.
  const places = Math.min(most, Math.ceil(needed * 1.05));
  const shards = counts.find((count) => placesOf(demand, count).places >= places) ?? Math.max(...counts);
  return { ...demand, cells, shards, places, bound: placesOf(demand, Math.max(...counts)).bound };
}

/** Viewers of a cell who get each tick in time, by the account's quota and by the CPU of its runners. */
function placesOf({ quota, intervalSeconds, memorySize }: Demand, shards: number): Pick<Plan, 'places' | 'bound'> {
  const cpu = memorySize / ASSUMED.megabytesOfVcpu;
  const byCpu = (shards * cpu * sendWindowMillis(intervalSeconds * 1000) * 1000) / ASSUMED.postMicros;
  const byPosts = Math.min(byCpu, viewersThatFit(quota, intervalSeconds, shards));
  const byRoster = (shards * cpu * ROSTER_MILLIS * 1000) / ASSUMED.rowMicros;
  return { places: Math.floor(Math.min(byPosts, byRoster)), bound: byRoster < byPosts ? 'roster' : 'posts' };
}

export function paceOf({ quota, shards }: Plan): number {
  return postsPerSecond(quota, shards);
}

/** What docs/scale.md has. */
export function tableDemands(demand: Demand): Demand[] {
  return [10_000, 100_000, 1_000_000, 10_000_000].flatMap((viewers) =>
    [1, 10, 60].map((intervalSeconds) => ({ ...demand, viewers, intervalSeconds })),
  );
}
