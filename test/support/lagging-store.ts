// A connection store whose eventually consistent lists show the past, as DynamoDB's may.

import { type Connection, partitionOf } from '../../lambdas/domain/connection.ts';
import type { Clock, ConnectionStore } from '../../lambdas/domain/ports.ts';

/** @param lagMillis how old the next list is */
export function makeLaggingConnectionStore(
  store: ConnectionStore,
  clock: Clock,
  lagMillis: () => number,
): ConnectionStore {
  const all = new Map<string, Connection>();
  const putMillis = new Map<string, number>();
  const removedMillis = new Map<string, number>();
  const noteRemoval = (connectionId: string) => {
    if (!removedMillis.has(connectionId)) removedMillis.set(connectionId, clock.now());
  };
  return {
    ...store,
    put(connection) {
      all.set(connection.connectionId, connection);
      putMillis.set(connection.connectionId, clock.now());
      return store.put(connection);
    },
    remove(connectionId) {
      noteRemoval(connectionId);
      return store.remove(connectionId);
    },
    removeOld(connectionId, writtenBeforeMillis) {
      if ((all.get(connectionId)?.connectedAtMillis ?? 0) < writtenBeforeMillis) noteRemoval(connectionId);
      return store.removeOld(connectionId, writtenBeforeMillis);
    },
    async list(partitions, nowMillis, consistency) {
      const listing = await store.list(partitions, nowMillis, consistency);
      if (consistency === 'strong') return listing;
      const asOfMillis = clock.now() - lagMillis();
      const wasThere = ({ connectionId: id }: Connection) =>
        partitions.includes(partitionOf(id)) &&
        (putMillis.get(id) ?? 0) <= asOfMillis &&
        (removedMillis.get(id) ?? Number.POSITIVE_INFINITY) > asOfMillis;
      return { ...listing, connections: [...all.values()].filter(wasThere) };
    },
  };
}
