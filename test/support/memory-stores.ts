// The stores in memory. They pass the same suites as the ones on DynamoDB (test/lambdas/aws).

import { type Connection, isExpired } from '../../lambdas/domain/connection.ts';
import type { ConnectionStore, Log, RelayStore } from '../../lambdas/domain/ports.ts';

export function makeMemoryConnectionStore(): ConnectionStore {
  const rows = new Map<string, Connection>();
  return {
    async put(connection) {
      rows.set(connection.connectionId, connection);
    },
    async remove(connectionId) {
      rows.delete(connectionId);
    },
    async list(nowMillis) {
      return [...rows.values()].filter((connection) => !isExpired(connection, nowMillis));
    },
  };
}

export function makeMemoryRelayStore(): RelayStore {
  let lastBoundaryMillis = 0;
  let leader: string | undefined;
  let standBy: { readonly runnerId: string; readonly seenMillis: number } | undefined;
  return {
    async claim(boundaryMillis, runnerId) {
      if (lastBoundaryMillis < boundaryMillis) {
        lastBoundaryMillis = boundaryMillis;
        leader = runnerId;
      }
      const won = lastBoundaryMillis === boundaryMillis && leader === runnerId;
      const isOther = standBy !== undefined && standBy.runnerId !== runnerId;
      return { won, standBySeenMillis: won && isOther ? (standBy?.seenMillis ?? 0) : 0 };
    },
    async standBy(nowMillis, runnerId, staleBeforeMillis) {
      const isTaken =
        standBy !== undefined &&
        standBy.runnerId !== runnerId &&
        standBy.runnerId !== leader &&
        standBy.seenMillis >= staleBeforeMillis;
      if (isTaken) return { accepted: false, lastBoundaryMillis: 0 };
      standBy = { runnerId, seenMillis: nowMillis };
      return { accepted: true, lastBoundaryMillis };
    },
  };
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };
