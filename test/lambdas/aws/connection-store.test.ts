import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { makeDynamoConnectionStore } from '../../../lambdas/aws/dynamo-connection-store.ts';
import { makeConnection, partitionOf } from '../../../lambdas/domain/connection.ts';
import { partitionsOf } from '../../../lambdas/domain/layout.ts';
import type { ConnectionStore } from '../../../lambdas/domain/ports.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
import { PARTITION_COUNT } from '../../../protocol/limits.ts';
import { makeTestTable } from '../../support/dynamodb.ts';
import { makeMemoryConnectionStore } from '../../support/memory-stores.ts';

const NOW = Date.UTC(2026, 5, 1);

const stores: Record<string, (t: TestContext) => Promise<ConnectionStore>> = {
  memory: async () => makeMemoryConnectionStore(),
  DynamoDB: async (t) => {
    const { client, tableName } = await makeTestTable(t);
    return makeDynamoConnectionStore(client, tableName);
  },
};

const EVERY_PARTITION = partitionsOf(0, 1);

async function listAll(store: ConnectionStore, nowMillis: number) {
  return (await store.list(EVERY_PARTITION, nowMillis)).connections;
}

for (const [name, makeStore] of Object.entries(stores)) {
  describe(`a connection store on ${name}`, () => {
    it('lists connections unchanged', async (t) => {
      const store = await makeStore(t);
      const named = makeConnection(makeGatewayId(), NOW, { viewerId: 'Ünï 🕰️', address: '203.0.113.7' });
      const nameless = makeConnection(makeGatewayId(), NOW + 1);

      await store.put(named);
      await store.put(nameless);

      const listed = await listAll(store, NOW);
      assert.deepEqual(
        listed.sort((a, b) => a.connectedAtMillis - b.connectedAtMillis),
        [named, nameless],
      );
    });

    it('keeps two connections that share a viewer id', async (t) => {
      const store = await makeStore(t);

      await store.put(makeConnection(makeGatewayId(), NOW, { viewerId: '12' }));
      await store.put(makeConnection(makeGatewayId(), NOW, { viewerId: '12' }));

      assert.equal((await listAll(store, NOW)).length, 2);
    });

    it('lists a connection once that was put twice', async (t) => {
      const store = await makeStore(t);
      const connection = makeConnection(makeGatewayId(), NOW);

      await store.put(connection);
      await store.put(connection);

      assert.deepEqual(await listAll(store, NOW), [connection]);
    });

    it('removes a connection, and ignores one that does not exist', async (t) => {
      const store = await makeStore(t);
      const [stays, goes] = [makeConnection(makeGatewayId(), NOW), makeConnection(makeGatewayId(), NOW)];
      await store.put(stays);
      await store.put(goes);

      await store.remove(goes.connectionId);
      await store.remove(goes.connectionId);

      assert.deepEqual(await listAll(store, NOW), [stays]);
    });

    it('removes an old row, and keeps one that was written later', async (t) => {
      const store = await makeStore(t);
      const [old, young] = [makeConnection(makeGatewayId(), NOW - 1), makeConnection(makeGatewayId(), NOW)];
      await store.put(old);
      await store.put(young);

      await Promise.all([old, young, old].map(({ connectionId }) => store.removeOld(connectionId, NOW)));

      assert.deepEqual(await listAll(store, NOW), [young]);
    });

    it('lists only the requested partitions, so that shards divide all connections', async (t) => {
      const store = await makeStore(t);
      const all = Array.from({ length: 100 }, () => makeConnection(makeGatewayId(), NOW));
      for (const connection of all) await store.put(connection);

      for (const shards of [1, 2, 4, 8, 16]) {
        const lists = await Promise.all(
          Array.from({ length: shards }, (_, shard) => store.list(partitionsOf(shard, shards), NOW)),
        );
        const ids = lists.flatMap(({ connections }) => connections.map(({ connectionId }) => connectionId));
        assert.deepEqual(ids.sort(), all.map(({ connectionId }) => connectionId).sort());
      }
    });

    it('lists the layout of a partition separately from its connections', async (t) => {
      const store = await makeStore(t);
      const layout = { shards: 2, sinceMillis: NOW };

      await store.setLayout(partitionsOf(1, 2), layout);

      const { connections, layouts } = await store.list(EVERY_PARTITION, NOW);
      assert.deepEqual(connections, []);
      for (let partition = 0; partition < PARTITION_COUNT; partition++) {
        assert.deepEqual(layouts.get(partition), partition % 2 === 1 ? layout : undefined);
      }
    });

    it('does not list rows that have expired and still exist', async (t) => {
      const store = await makeStore(t);
      const connection = makeConnection(makeGatewayId(), NOW);
      await store.put(connection);

      assert.deepEqual(await listAll(store, connection.expiresAtSeconds * 1000 - 1), [connection]);
      assert.deepEqual(await listAll(store, connection.expiresAtSeconds * 1000), []);
    });
  });
}

describe('a connection store on DynamoDB', () => {
  it('reads every page', async (t) => {
    const { client, tableName } = await makeTestTable(t);
    const store = makeDynamoConnectionStore(client, tableName);
    // Rows of 30 KB in one partition: a page of 1 MB holds 34 of them.
    const ids = Array.from({ length: 1000 }, makeGatewayId)
      .filter((id) => partitionOf(id) === 3)
      .slice(0, 40);
    await Promise.all(ids.map((id) => store.put(makeConnection(id, NOW, { viewerId: 'x'.repeat(30_000) }))));

    const listed = await listAll(store, NOW);

    assert.deepEqual(listed.map(({ connectionId }) => connectionId).sort(), [...ids].sort());
  });

  it('writes the row that table.ts documents', async (t) => {
    const { client, tableName } = await makeTestTable(t);
    const store = makeDynamoConnectionStore(client, tableName);

    await store.put(makeConnection('L0SM9cOFvHcCIhw=', 1763861880123, { viewerId: '12' }));

    const key = { partition: 'connections#13', id: 'L0SM9cOFvHcCIhw=' };
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key }));
    assert.deepEqual(Item, { ...key, connectedAtMillis: 1763861880123, expiresAtSeconds: 1763869680, viewerId: '12' });
  });
});
