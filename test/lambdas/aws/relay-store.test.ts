import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import type { RelayStore } from '../../../lambdas/domain/ports.ts';
import { makeTestTable } from '../../support/dynamodb.ts';
import { makeMemoryRelayStore } from '../../support/memory-stores.ts';

const BOUNDARY = 1_763_861_880_000;

const stores: Record<string, (t: TestContext) => Promise<RelayStore>> = {
  memory: async () => makeMemoryRelayStore(),
  DynamoDB: async (t) => {
    const { client, tableName } = await makeTestTable(t);
    return makeDynamoRelayStore(client, tableName);
  },
};

for (const [name, makeStore] of Object.entries(stores)) {
  describe(`a relay store on ${name}`, () => {
    it('lets one of many win a boundary', async (t) => {
      const store = await makeStore(t);

      const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => store.claim(BOUNDARY, `runner-${n}`)));

      assert.equal(claims.filter(({ won }) => won).length, 1);
    });

    it('lets nobody win a boundary before one that was won', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');

      assert.equal((await store.claim(BOUNDARY - 1000, 'b')).won, false);
      assert.equal((await store.claim(BOUNDARY - 1000, 'a')).won, false);
      assert.equal((await store.claim(BOUNDARY + 1000, 'b')).won, true);
    });

    it('takes a claim repeated by its winner for won: the first answer was lost', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');

      assert.equal((await store.claim(BOUNDARY, 'a')).won, true);
    });

    it('has one place to stand by', async (t) => {
      const store = await makeStore(t);

      assert.deepEqual(await store.standBy(BOUNDARY, 'a', 0), { accepted: true, lastBoundaryMillis: 0 });
      assert.deepEqual(await store.standBy(BOUNDARY, 'b', 0), { accepted: false, lastBoundaryMillis: 0 });
      assert.deepEqual(await store.standBy(BOUNDARY, 'a', 0), { accepted: true, lastBoundaryMillis: 0 });
    });

    it('gives the place on when its holder was not seen lately', async (t) => {
      const store = await makeStore(t);
      await store.standBy(BOUNDARY, 'a', 0);

      assert.equal((await store.standBy(BOUNDARY + 2000, 'b', BOUNDARY)).accepted, false);
      assert.equal((await store.standBy(BOUNDARY + 2000, 'b', BOUNDARY + 1)).accepted, true);
    });

    it('gives the place on when its holder leads', async (t) => {
      const store = await makeStore(t);
      await store.standBy(BOUNDARY, 'a', 0);
      await store.claim(BOUNDARY, 'a');

      assert.deepEqual(await store.standBy(BOUNDARY, 'b', 0), { accepted: true, lastBoundaryMillis: BOUNDARY });
    });

    it('tells the leader when another was last seen to stand by', async (t) => {
      const store = await makeStore(t);
      await store.standBy(BOUNDARY - 500, 'a', 0);

      assert.deepEqual(await store.claim(BOUNDARY, 'a'), { won: true, standBySeenMillis: 0 });
      await store.standBy(BOUNDARY + 700, 'b', 0);
      assert.deepEqual(await store.claim(BOUNDARY + 1000, 'a'), { won: true, standBySeenMillis: BOUNDARY + 700 });
      assert.deepEqual(await store.claim(BOUNDARY + 1000, 'b'), { won: false, standBySeenMillis: 0 });
    });
  });
}
