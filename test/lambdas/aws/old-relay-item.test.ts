// The relay store with an item from the earlier version that had stand-bys. An upgrade finds such an item while viewers
// are connected.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import { makeTestTable } from '../../support/dynamodb.ts';

const BOUNDARY = 1_763_861_880_000;
const KEY = { partition: 'relay#0of1', id: 'relay' };

const OLD_ITEM = {
  ...KEY,
  lastBoundaryMillis: BOUNDARY,
  leader: 'old',
  isIdle: false,
  hasRested: false,
  viewers: 42,
  crowdedAddresses: ['203.0.113.7'],
  standByRunner: 'another',
  standByCameMillis: BOUNDARY - 40_000,
  standBySeenMillis: BOUNDARY - 150,
  wokenAtMillis: BOUNDARY - 880_000,
  wokenBy: 'L0SM9cOFvHcCIhw=',
};

const READ = {
  lastBoundaryMillis: BOUNDARY,
  priorBoundaryMillis: 0,
  leader: 'old',
  priorLeader: undefined,
  isEmpty: false,
  wasEmptySinceLastClaim: false,
  arrivals: 0,
  crowdedAddresses: ['203.0.113.7'],
};

async function prepare(t: TestContext) {
  const { client, tableName } = await makeTestTable(t);
  await client.send(new PutCommand({ TableName: tableName, Item: OLD_ITEM }));
  const item = async () => (await client.send(new GetCommand({ TableName: tableName, Key: KEY }))).Item;
  return { store: makeDynamoRelayStore(client, tableName, { shard: 0, shards: 1 }), item };
}

describe('the relay store with an item from an earlier version', () => {
  it('continues from its last boundary', async (t) => {
    const { store } = await prepare(t);

    assert.deepEqual(await store.read(), READ);
    assert.equal(await store.claim(BOUNDARY, 'new'), undefined);
    assert.deepEqual(await store.claim(BOUNDARY + 1000, 'new'), READ);
    const { lastBoundaryMillis, priorBoundaryMillis, leader, priorLeader } = await store.read();
    assert.deepEqual([lastBoundaryMillis, leader], [BOUNDARY + 1000, 'new']);
    assert.deepEqual([priorBoundaryMillis, priorLeader], [BOUNDARY, 'old']);
  });

  it('admits viewers, and counts places from the first census on', async (t) => {
    const { store, item } = await prepare(t);

    assert.deepEqual(await store.reservePlace(50, '203.0.113.8'), READ);
    assert.equal(await store.reservePlace(50, '203.0.113.7'), undefined);
    await store.claim(BOUNDARY + 1000, 'new', { viewers: 43, arrivals: 1, crowdedAddresses: [] });

    const { arrivals, places } = (await item()) ?? {};
    assert.deepEqual({ arrivals, places }, { arrivals: 1, places: 43 });
  });

  it('replaces a void last boundary', async (t) => {
    const { store } = await prepare(t);
    const found = await store.read();

    assert.equal(await store.replaceVoid({ ...found, priorBoundaryMillis: 1 }, BOUNDARY - 1000, 'new'), false);
    assert.equal(await store.replaceVoid(found, BOUNDARY - 1000, 'new'), true);
    assert.equal((await store.read()).lastBoundaryMillis, BOUNDARY - 1000);
  });

  it('marks it as empty after a claim, if no viewer has connected', async (t) => {
    const { store } = await prepare(t);

    assert.equal(await store.markEmpty('new', 0), false);
    await store.claim(BOUNDARY + 1000, 'new');
    assert.equal(await store.markEmpty('new', 1), false);
    assert.equal(await store.markEmpty('new', 0), true);
    assert.equal((await store.read()).isEmpty, true);
  });
});
