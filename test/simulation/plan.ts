// How many cells and shards a number of viewers needs, if any one cell may be lost.

import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { postsPerSecond, type RequestQuota, viewersThatFit } from '../../lib/quotas.ts';
import { SHARD_COUNTS } from '../../protocol/limits.ts';
import { sendWindowMillis } from '../../protocol/tick.ts';
import { ASSUMED, QUOTAS } from './assumptions.ts';

export interface Demand {
  readonly viewers: number;
  readonly intervalSeconds: number;
  /** Of the function that sends the ticks, in MiB. */
  readonly memorySize: number;
  readonly quota: RequestQuota;
}

export type CellLimit = 'API Gateway requests' | 'CPU for posts' | 'CPU for the roster' | 'table reads';

export interface Plan extends Demand {
  /** The cells that hold all viewers, and one more. */
  readonly cells: number;
  /** Of each cell. */
  readonly shards: number;
  /** `maxViewers` of each cell. */
  readonly places: number;
  /** What keeps a cell from holding more viewers, whatever its shards. */
  readonly firstLimit: CellLimit;
}

/** Viewers choose their cell and their shard at random, so a cell needs more places than the mean. */
const PLACES_PER_VIEWER = 1.05;

/** CPU time that a runner may spend on its roster. It starts to read 200 ms before the boundary, and waits at most
 *  until 450 ms after it: lambdas/domain/delivery.ts. */
const ROSTER_MILLIS = 300;

const READ_UNIT_BYTES = 4_096;

/** @param fixed what is given and not chosen */
export function planFor(demand: Demand, fixed: { readonly cells?: number; readonly shards?: number } = {}): Plan {
  const counts = fixed.shards === undefined ? SHARD_COUNTS : [fixed.shards];
  const most = Math.max(...counts.map((shards) => capacityOf(demand, shards).places));
  const cells = fixed.cells ?? Math.ceil((demand.viewers * PLACES_PER_VIEWER) / most) + 1;
  const needed = (demand.viewers / Math.max(1, cells - 1)) * PLACES_PER_VIEWER;
  const places = Math.min(most, Math.ceil(needed));
  const shards = counts.find((count) => capacityOf(demand, count).places >= places) ?? Math.max(...counts);
  return { ...demand, cells, shards, places, firstLimit: capacityOf(demand, Math.max(...counts)).limit };
}

/** Viewers of one cell who get each tick in time, and what limits them. */
function capacityOf(demand: Demand, shards: number): { readonly places: number; readonly limit: CellLimit } {
  const { quota, intervalSeconds, memorySize } = demand;
  const cpuMicrosPerMilli = (1_000 * shards * memorySize) / ASSUMED.megabytesOfVcpu;
  const limits: [number, CellLimit][] = [
    [viewersThatFit(quota, intervalSeconds, shards), 'API Gateway requests'],
    [(sendWindowMillis(intervalSeconds * 1000) * cpuMicrosPerMilli) / ASSUMED.postMicros, 'CPU for posts'],
    [(ROSTER_MILLIS * cpuMicrosPerMilli) / ASSUMED.rowMicros, 'CPU for the roster'],
    // All shards read their rosters before the same boundary.
    [(QUOTAS.tableReads * READ_UNIT_BYTES) / ASSUMPTIONS.connectionRowBytes, 'table reads'],
  ];
  const [places, limit] = limits.reduce((least, each) => (each[0] < least[0] ? each : least));
  return { places: Math.floor(places), limit };
}

/** Of all shards' rosters, read once. */
export function rosterReadUnits(viewers: number): number {
  return Math.ceil((viewers * ASSUMPTIONS.connectionRowBytes) / READ_UNIT_BYTES);
}

/** Of one runner. */
export function postsPerSecondOf({ quota, shards }: Plan): number {
  return postsPerSecond(quota, shards);
}

/** The rows of the tables in docs/scale.md. */
export function tableDemands(demand: Demand): Demand[] {
  return [10_000, 100_000, 1_000_000, 10_000_000].flatMap((viewers) =>
    [1, 10, 60].map((intervalSeconds) => ({ ...demand, viewers, intervalSeconds })),
  );
}
