// The stores in memory. They pass the same tests as the stores on DynamoDB (test/lambdas/aws).

import { type Connection, isExpired, partitionOf } from '../../lambdas/domain/connection.ts';
import type { Layout } from '../../lambdas/domain/layout.ts';
import type { ConnectionStore, Log, Metrics, RelayState, RelayStore } from '../../lambdas/domain/ports.ts';

export function makeMemoryConnectionStore(): ConnectionStore {
  const rows = new Map<string, Connection>();
  const layouts = new Map<number, Layout>();
  return {
    async put(connection) {
      rows.set(connection.connectionId, connection);
    },
    async remove(connectionId) {
      rows.delete(connectionId);
    },
    async removeOld(connectionId, writtenBeforeMillis) {
      const row = rows.get(connectionId);
      if (row !== undefined && row.connectedAtMillis < writtenBeforeMillis) rows.delete(connectionId);
    },
    async list(partitions, nowMillis) {
      const isListed = (connection: Connection) =>
        partitions.includes(partitionOf(connection.connectionId)) && !isExpired(connection, nowMillis);
      return {
        connections: [...rows.values()].filter(isListed),
        layouts: new Map(partitions.map((partition) => [partition, layouts.get(partition)])),
      };
    },
    async setLayout(partitions, layout) {
      for (const partition of partitions) layouts.set(partition, layout);
    },
  };
}

interface RelayItem {
  state: RelayState;
  /** Viewers of the last census plus the arrivals since then. */
  placesTaken: number;
  waking?: { readonly wokenBy: string; readonly atMillis: number };
}

const FRESH: RelayState = {
  lastBoundaryMillis: 0,
  priorBoundaryMillis: 0,
  leader: undefined,
  priorLeader: undefined,
  isEmpty: false,
  wasEmptySinceLastClaim: false,
  arrivals: 0,
  crowdedAddresses: [],
};

/** The relays of one table. */
export function makeMemoryRelays(): (shard: number, shards: number) => RelayStore {
  const items = new Map<string, RelayItem>();
  const itemOf = (shard: number, shards: number) => {
    const key = `${shard} of ${shards}`;
    const item = items.get(key) ?? { state: FRESH, placesTaken: 0 };
    items.set(key, item);
    return item;
  };
  return (shard, shards) => {
    const item = itemOf(shard, shards);
    const change = (changes: Partial<RelayState>) => {
      const before = item.state;
      item.state = { ...before, ...changes };
      return before;
    };
    const countArrival = () => {
      item.placesTaken++;
      return change({ arrivals: item.state.arrivals + 1, isEmpty: false });
    };
    return {
      async claim(boundaryMillis, runnerId, census) {
        const { lastBoundaryMillis, arrivals } = item.state;
        if (lastBoundaryMillis >= boundaryMillis) return undefined;
        if (census !== undefined) item.placesTaken = census.viewers + arrivals - census.arrivals;
        return change({
          lastBoundaryMillis: boundaryMillis,
          priorBoundaryMillis: lastBoundaryMillis,
          leader: runnerId,
          priorLeader: item.state.leader,
          isEmpty: false,
          wasEmptySinceLastClaim: false,
          ...(census && { crowdedAddresses: census.crowdedAddresses }),
        });
      },
      async writeCensus(runnerId, { viewers, arrivals, crowdedAddresses }) {
        if (item.state.leader !== runnerId) return;
        item.placesTaken = viewers + item.state.arrivals - arrivals;
        change({ crowdedAddresses });
      },
      async replaceVoid(found, boundaryMillis, leader) {
        const { lastBoundaryMillis, priorBoundaryMillis } = item.state;
        if (lastBoundaryMillis !== found.lastBoundaryMillis) return false;
        if (priorBoundaryMillis !== found.priorBoundaryMillis) return false;
        change({ lastBoundaryMillis: boundaryMillis, leader, isEmpty: false, wasEmptySinceLastClaim: false });
        return true;
      },
      async markEmpty(runnerId, arrivals) {
        if (item.state.leader !== runnerId || item.state.arrivals !== arrivals) return false;
        change({ isEmpty: true, wasEmptySinceLastClaim: true, crowdedAddresses: [] });
        item.placesTaken = 0;
        delete item.waking;
        return true;
      },
      async countArrival() {
        return countArrival();
      },
      async reservePlace(maxViewers, address) {
        const isCrowded = address !== undefined && item.state.crowdedAddresses.includes(address);
        return item.placesTaken < maxViewers && !isCrowded ? countArrival() : undefined;
      },
      async read() {
        return item.state;
      },
      async beginWaking(wokenBy, nowMillis, windowMillis) {
        const { waking } = item;
        // A time further ahead was written by a wrong clock.
        const isFresh = waking !== undefined && Math.abs(nowMillis - waking.atMillis) < windowMillis;
        if (isFresh && waking.wokenBy !== wokenBy) return false;
        item.waking = { wokenBy, atMillis: nowMillis };
        return true;
      },
      async alertLayout(otherShards) {
        const common = Math.min(shards, otherShards);
        for (let other = shard % common; other < otherShards; other += common) {
          const alerted = itemOf(other, otherShards);
          const { arrivals, leader } = alerted.state;
          if (leader !== undefined) alerted.state = { ...alerted.state, arrivals: arrivals + 1 };
        }
      },
    };
  };
}

export function makeMemoryRelayStore(): RelayStore {
  return makeMemoryRelays()(0, 1);
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };

export const silentMetrics: Metrics = { record() {}, empty() {}, woken() {}, clockError() {} };
