// The stores in memory. They pass the same suites as the ones on DynamoDB (test/lambdas/aws).

import { type Connection, isExpired, partitionOf } from '../../lambdas/domain/connection.ts';
import type { Layout } from '../../lambdas/domain/layout.ts';
import type { Census, ConnectionStore, Log, Metrics, RelayState, RelayStore } from '../../lambdas/domain/ports.ts';

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

const NOBODY: Census = { viewers: 0, crowdedAddresses: [] };

export function makeMemoryRelayStore(): RelayStore {
  let lastBoundaryMillis = 0;
  let leader: string | undefined;
  let isIdle = false;
  let hasRested = false;
  let census = NOBODY;
  let standBy: { readonly runnerId: string; readonly cameMillis: number; readonly seenMillis: number } | undefined;
  let waking: { readonly wokenBy: string; readonly atMillis: number } | undefined;
  const state = (): RelayState => {
    return { lastBoundaryMillis, standBySeenMillis: standBy?.seenMillis ?? 0, isIdle, hasRested, census };
  };
  return {
    async claim(boundaryMillis, runnerId, counted) {
      const isOwn = lastBoundaryMillis === boundaryMillis && leader === runnerId && !isIdle;
      if (lastBoundaryMillis >= boundaryMillis && !isOwn) return undefined;
      const before = state();
      [lastBoundaryMillis, leader, isIdle, hasRested] = [boundaryMillis, runnerId, false, false];
      census = counted ?? census;
      return before;
    },
    async arrive(runnerId, nowMillis, { seenBeforeMillis, cameBeforeMillis }) {
      const isFree =
        standBy === undefined ||
        standBy.runnerId === runnerId ||
        standBy.runnerId === leader ||
        standBy.seenMillis < seenBeforeMillis ||
        standBy.cameMillis < cameBeforeMillis;
      if (!isFree) return undefined;
      const before = state();
      standBy = { runnerId, cameMillis: nowMillis, seenMillis: nowMillis };
      isIdle = false;
      return before;
    },
    async standBy(runnerId, nowMillis) {
      if (standBy?.runnerId !== runnerId) return undefined;
      const before = state();
      standBy = { ...standBy, seenMillis: nowMillis };
      return before;
    },
    async markIdle() {
      [isIdle, hasRested, census, waking] = [true, true, NOBODY, undefined];
    },
    async read() {
      return state();
    },
    async beginWaking(wokenBy, nowMillis, againAfterMillis) {
      if (waking !== undefined && waking.wokenBy !== wokenBy && waking.atMillis > againAfterMillis) return false;
      waking = { wokenBy, atMillis: nowMillis };
      return true;
    },
  };
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };

export const silentMetrics: Metrics = { record() {}, rested() {} };
