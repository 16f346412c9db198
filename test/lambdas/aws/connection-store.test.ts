import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { makeDynamoConnectionStore } from '../../../lambdas/aws/dynamo-connection-store.ts';
import { makeConnection, partitionOf } from '../../../lambdas/domain/connection.ts';
import type { ConnectionStore } from '../../../lambdas/domain/ports.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
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

for (const [name, makeStore] of Object.entries(stores)) {
  describe(`a connection store on ${name}`, () => {
    it('lists what was put, as it was put', async (t) => {
      const store = await makeStore(t);
      const named = makeConnection(makeGatewayId(), NOW, 'Ünï 🕰️');
      const nameless = makeConnection(makeGatewayId(), NOW + 1);

      await store.put(named);
      await store.put(nameless);

      const listed = await store.list(NOW);
      assert.deepEqual(
        listed.sort((a, b) => a.connectedAtMillis - b.connectedAtMillis),
        [named, nameless],
      );
    });

    it('keeps two connections that share a viewer id', async (t) => {
      const store = await makeStore(t);

      await store.put(makeConnection(makeGatewayId(), NOW, '12'));
      await store.put(makeConnection(makeGatewayId(), NOW, '12'));

      assert.equal((await store.list(NOW)).length, 2);
    });

    it('lists no connection twice that was put twice', async (t) => {
      const store = await makeStore(t);
      const connection = makeConnection(makeGatewayId(), NOW);

      await store.put(connection);
      await store.put(connection);

      assert.deepEqual(await store.list(NOW), [connection]);
    });

    it('removes a connection, and does not mind one that is not there', async (t) => {
      const store = await makeStore(t);
      const [stays, goes] = [makeConnection(makeGatewayId(), NOW), makeConnection(makeGatewayId(), NOW)];
      await store.put(stays);
      await store.put(goes);

      await store.remove(goes.connectionId);
      await store.remove(goes.connectionId);

      assert.deepEqual(await store.list(NOW), [stays]);
    });

    it('leaves out rows that have expired and are still there', async (t) => {
      const store = await makeStore(t);
      const connection = makeConnection(makeGatewayId(), NOW);
      await store.put(connection);

      assert.deepEqual(await store.list(connection.expiresAtSeconds * 1000 - 1), [connection]);
      assert.deepEqual(await store.list(connection.expiresAtSeconds * 1000), []);
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
    await Promise.all(ids.map((id) => store.put(makeConnection(id, NOW, 'x'.repeat(30_000)))));

    const listed = await store.list(NOW);

    assert.deepEqual(listed.map(({ connectionId }) => connectionId).sort(), [...ids].sort());
  });

  it('writes the row that table.ts shows', async (t) => {
    const { client, tableName } = await makeTestTable(t);
    const store = makeDynamoConnectionStore(client, tableName);

    await store.put(makeConnection('L0SM9cOFvHcCIhw=', 1763861880123, '12'));

    const key = { partition: 'connections#13', id: 'L0SM9cOFvHcCIhw=' };
    const { Item } = await client.send(new GetCommand({ TableName: tableName, Key: key }));
    assert.deepEqual(Item, { ...key, connectedAtMillis: 1763861880123, expiresAtSeconds: 1763869680, viewerId: '12' });
  });
});
