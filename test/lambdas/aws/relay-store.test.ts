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
    return makeDynamoRelayStore(client, tableName, { shard: 0, shards: 1 });
  },
};

const NOBODY_RELIEVED = { seenBeforeMillis: 0, cameBeforeMillis: 0 };
const NOBODY = { viewers: 0, crowdedAddresses: [] };
const FRESH = { lastBoundaryMillis: 0, standBySeenMillis: 0, isIdle: false, hasRested: false, census: NOBODY };

for (const [name, makeStore] of Object.entries(stores)) {
  describe(`a relay store on ${name}`, () => {
    it('lets one of many win a boundary', async (t) => {
      const store = await makeStore(t);

      const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => store.claim(BOUNDARY, `runner-${n}`)));

      assert.equal(claims.filter((before) => before !== undefined).length, 1);
    });

    it('lets nobody win a boundary before one that was won', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');

      assert.equal(await store.claim(BOUNDARY - 1000, 'b'), undefined);
      assert.equal(await store.claim(BOUNDARY - 1000, 'a'), undefined);
      assert.deepEqual(await store.claim(BOUNDARY + 1000, 'b'), { ...FRESH, lastBoundaryMillis: BOUNDARY });
    });

    it('takes a claim repeated by its winner for won: the first answer was lost', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');

      assert.deepEqual(await store.claim(BOUNDARY, 'a'), { ...FRESH, lastBoundaryMillis: BOUNDARY });
      assert.equal(await store.claim(BOUNDARY, 'b'), undefined);
    });

    it('does not take a repetition that comes after the relay has gone to rest', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');
      await store.markIdle();

      assert.equal(await store.claim(BOUNDARY, 'a'), undefined);
      assert.equal((await store.read()).isIdle, true);
    });

    it('has one place to stand by', async (t) => {
      const store = await makeStore(t);

      assert.deepEqual(await store.arrive('a', BOUNDARY, NOBODY_RELIEVED), FRESH);
      assert.equal(await store.arrive('b', BOUNDARY, NOBODY_RELIEVED), undefined);
      assert.equal(await store.standBy('b', BOUNDARY), undefined);
      const seen = { ...FRESH, standBySeenMillis: BOUNDARY };
      assert.deepEqual(await store.standBy('a', BOUNDARY + 850), seen);
      assert.deepEqual(await store.read(), { ...seen, standBySeenMillis: BOUNDARY + 850 });
      assert.equal((await store.arrive('a', BOUNDARY + 900, NOBODY_RELIEVED))?.standBySeenMillis, BOUNDARY + 850);
    });

    it('gives the place on when its holder was not seen lately', async (t) => {
      const store = await makeStore(t);
      await store.arrive('a', BOUNDARY, NOBODY_RELIEVED);
      await store.standBy('a', BOUNDARY + 1000);

      const seenBefore = (seenBeforeMillis: number) => ({ seenBeforeMillis, cameBeforeMillis: 0 });
      assert.equal(await store.arrive('b', BOUNDARY + 3000, seenBefore(BOUNDARY + 1000)), undefined);
      assert.notEqual(await store.arrive('b', BOUNDARY + 3000, seenBefore(BOUNDARY + 1001)), undefined);
      assert.equal(await store.standBy('a', BOUNDARY + 3000), undefined);
    });

    it('gives the place on when its holder may be relieved', async (t) => {
      const store = await makeStore(t);
      await store.arrive('a', BOUNDARY, NOBODY_RELIEVED);
      await store.standBy('a', BOUNDARY + 1000);

      const cameBefore = (cameBeforeMillis: number) => ({ seenBeforeMillis: 0, cameBeforeMillis });
      assert.equal(await store.arrive('b', BOUNDARY + 1000, cameBefore(BOUNDARY)), undefined);
      assert.notEqual(await store.arrive('b', BOUNDARY + 1000, cameBefore(BOUNDARY + 1)), undefined);
    });

    it('gives the place on when its holder leads', async (t) => {
      const store = await makeStore(t);
      await store.arrive('a', BOUNDARY, NOBODY_RELIEVED);
      await store.claim(BOUNDARY, 'a');

      const before = await store.arrive('b', BOUNDARY, NOBODY_RELIEVED);

      assert.deepEqual(before, { ...FRESH, lastBoundaryMillis: BOUNDARY, standBySeenMillis: BOUNDARY });
    });

    it('is idle from being marked until an arrival or a claim', async (t) => {
      const store = await makeStore(t);
      const isIdle = async () => (await store.read()).isIdle;

      assert.equal(await isIdle(), false);
      await store.markIdle();
      assert.equal(await isIdle(), true);
      assert.equal((await store.arrive('a', BOUNDARY, NOBODY_RELIEVED))?.isIdle, true);
      assert.equal(await isIdle(), false);
      await store.markIdle();
      assert.equal((await store.standBy('a', BOUNDARY))?.isIdle, true);
      await store.claim(BOUNDARY, 'b');
      assert.equal(await isIdle(), false);
    });

    it('has rested from being marked idle until a claim', async (t) => {
      const store = await makeStore(t);
      await store.claim(BOUNDARY, 'a');

      assert.equal((await store.claim(BOUNDARY + 1000, 'a'))?.hasRested, false);
      await store.markIdle();
      await store.arrive('b', BOUNDARY + 60_000, NOBODY_RELIEVED);
      assert.equal((await store.claim(BOUNDARY + 61_000, 'b'))?.hasRested, true);
      assert.equal((await store.claim(BOUNDARY + 62_000, 'b'))?.hasRested, false);
    });

    it('keeps the census until it is counted anew or nobody is connected', async (t) => {
      const store = await makeStore(t);
      const census = { viewers: 3, crowdedAddresses: ['203.0.113.7', '2001:db8::1'] };

      await store.claim(BOUNDARY, 'a', census);
      await store.claim(BOUNDARY + 1000, 'a');
      assert.deepEqual(await store.read(), { ...FRESH, lastBoundaryMillis: BOUNDARY + 1000, census });
      await store.claim(BOUNDARY + 2000, 'a', { viewers: 4, crowdedAddresses: [] });
      assert.deepEqual((await store.read()).census, { viewers: 4, crowdedAddresses: [] });
      await store.markIdle();
      assert.deepEqual((await store.read()).census, NOBODY);
    });

    it('lets one of many wake a runner, and another after a while or once the relay was idle again', async (t) => {
      const store = await makeStore(t);
      const wake = (wokenBy: string, millis: number) => store.beginWaking(wokenBy, millis, millis - 2000);

      const woken = await Promise.all(Array.from({ length: 20 }, (_, n) => wake(`viewer-${n}`, BOUNDARY)));
      assert.equal(woken.filter((isFirst) => isFirst).length, 1);
      assert.equal(await wake('early', BOUNDARY + 1999), false);
      assert.equal(await wake('late', BOUNDARY + 2000), true);
      assert.equal(await wake('late', BOUNDARY + 2001), true, 'repeated: its first answer was lost');
      await store.markIdle();
      assert.equal(await wake('next', BOUNDARY + 2002), true);
    });
  });
}

describe('a relay store on DynamoDB', () => {
  it('has a relay for each shard of each number of shards', async (t) => {
    const { client, tableName } = await makeTestTable(t);
    const relay = (shard: number, shards: number) => makeDynamoRelayStore(client, tableName, { shard, shards });

    assert.deepEqual(await relay(0, 1).claim(BOUNDARY, 'a'), FRESH);
    assert.deepEqual(await relay(0, 2).claim(BOUNDARY, 'b'), FRESH);
    assert.deepEqual(await relay(1, 2).claim(BOUNDARY, 'c'), FRESH);
    assert.equal(await relay(0, 2).claim(BOUNDARY, 'd'), undefined);
  });
});
