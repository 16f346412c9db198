import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import type { RelayStore } from '../../../lambdas/domain/ports.ts';
import { makeTestTable } from '../../support/dynamodb.ts';
import { makeMemoryRelays } from '../../support/memory-stores.ts';

const BOUNDARY = 1_763_861_880_000;
const HOUR = 3_600_000;

/** Returns the store of a shard's relay. All relays are in one table. */
type Relays = (shard?: number, shards?: number) => RelayStore;

const tables: Record<string, (t: TestContext) => Promise<Relays>> = {
  memory: async () => {
    const relays = makeMemoryRelays();
    return (shard = 0, shards = 1) => relays(shard, shards);
  },
  DynamoDB: async (t) => {
    const { client, tableName } = await makeTestTable(t);
    return (shard = 0, shards = 1) => makeDynamoRelayStore(client, tableName, { shard, shards });
  },
};

const FRESH = {
  lastBoundaryMillis: 0,
  priorBoundaryMillis: 0,
  leader: undefined,
  priorLeader: undefined,
  isEmpty: false,
  wasEmptySinceLastClaim: false,
  arrivals: 0,
  crowdedAddresses: [],
};

const CLAIMED_BY_A = { ...FRESH, lastBoundaryMillis: BOUNDARY, leader: 'a' };

for (const [name, makeRelays] of Object.entries(tables)) {
  describe(`a relay store on ${name}`, () => {
    it('lets one of many runners claim a boundary', async (t) => {
      const store = (await makeRelays(t))();

      const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => store.claim(BOUNDARY, `runner-${n}`)));

      assert.equal(claims.filter((before) => before !== undefined).length, 1);
    });

    it('returns the relay before the claim, and stores the prior claim', async (t) => {
      const store = (await makeRelays(t))();

      assert.deepEqual(await store.read(), FRESH);
      assert.deepEqual(await store.claim(BOUNDARY, 'a'), FRESH);
      assert.deepEqual(await store.claim(BOUNDARY + 1000, 'b'), CLAIMED_BY_A);
      assert.deepEqual(await store.read(), {
        ...FRESH,
        lastBoundaryMillis: BOUNDARY + 1000,
        priorBoundaryMillis: BOUNDARY,
        leader: 'b',
        priorLeader: 'a',
      });
    });

    it('refuses a claim of a claimed boundary or an earlier one', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY, 'a');

      assert.equal(await store.claim(BOUNDARY, 'b'), undefined);
      assert.equal(await store.claim(BOUNDARY, 'a'), undefined, 'the same runner');
      assert.equal(await store.claim(BOUNDARY - 1000, 'a'), undefined);
      assert.deepEqual(await store.read(), CLAIMED_BY_A);
    });

    it('replaces a void boundary, and keeps the prior claim', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY, 'a');
      await store.claim(BOUNDARY + HOUR, 'wrong');
      const found = await store.read();

      assert.equal(await store.replaceVoid(found, BOUNDARY + 1000, 'b'), true);
      assert.deepEqual(await store.read(), {
        ...FRESH,
        lastBoundaryMillis: BOUNDARY + 1000,
        priorBoundaryMillis: BOUNDARY,
        leader: 'b',
        priorLeader: 'a',
      });
    });

    it('lets one of many runners replace a void boundary', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY + HOUR, 'wrong');
      const found = await store.read();

      const replacing = Array.from({ length: 20 }, (_, n) => store.replaceVoid(found, BOUNDARY, `runner-${n}`));
      const replaced = await Promise.all(replacing);

      assert.equal(replaced.filter((isReplaced) => isReplaced).length, 1);
    });

    it('replaces no boundary when the last or the prior boundary has changed', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY + HOUR, 'wrong');
      const found = await store.read();
      await store.claim(BOUNDARY + 2 * HOUR, 'wrong');
      const later = await store.read();

      assert.equal(await store.replaceVoid(found, BOUNDARY, 'b'), false);
      assert.equal(await store.replaceVoid({ ...later, priorBoundaryMillis: BOUNDARY }, BOUNDARY, 'b'), false);
      assert.deepEqual(await store.read(), later);
    });

    it('is not empty after a void boundary was replaced', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY + HOUR, 'wrong');
      await store.markEmpty('wrong', 0);

      await store.replaceVoid(await store.read(), BOUNDARY, 'b');

      const { isEmpty, wasEmptySinceLastClaim } = await store.read();
      assert.deepEqual({ isEmpty, wasEmptySinceLastClaim }, { isEmpty: false, wasEmptySinceLastClaim: false });
    });

    it('is marked as empty only by the last leader, and only if no viewer has connected', async (t) => {
      const store = (await makeRelays(t))();
      assert.equal(await store.markEmpty('a', 0), false, 'before any claim');
      await store.claim(BOUNDARY, 'a');

      assert.equal(await store.markEmpty('b', 0), false, 'another runner');
      await store.countArrival();
      assert.equal(await store.markEmpty('a', 0), false, 'a viewer has connected');
      assert.equal((await store.read()).isEmpty, false);
      assert.equal(await store.markEmpty('a', 1), true);
      assert.equal(await store.markEmpty('a', 1), true, 'repeated: the first answer was lost');
      const marked = { ...CLAIMED_BY_A, arrivals: 1, isEmpty: true, wasEmptySinceLastClaim: true };
      assert.deepEqual(await store.read(), marked);
    });

    it('ends isEmpty with an arrival or a claim, and wasEmptySinceLastClaim with a claim', async (t) => {
      const store = (await makeRelays(t))();
      const emptiness = async () => {
        const { isEmpty, wasEmptySinceLastClaim } = await store.read();
        return [isEmpty, wasEmptySinceLastClaim];
      };
      await store.claim(BOUNDARY, 'a');
      await store.markEmpty('a', 0);
      assert.deepEqual(await emptiness(), [true, true]);

      await store.countArrival();
      assert.deepEqual(await emptiness(), [false, true]);
      await store.claim(BOUNDARY + 1000, 'a');
      assert.deepEqual(await emptiness(), [false, false]);

      await store.markEmpty('a', 1);
      await store.reservePlace(10);
      assert.deepEqual(await emptiness(), [false, true]);
    });

    it('counts every arrival, and returns the relay before', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY, 'a');

      assert.deepEqual(await store.countArrival(), CLAIMED_BY_A);
      assert.deepEqual(await store.reservePlace(10), { ...CLAIMED_BY_A, arrivals: 1 });
      await Promise.all(Array.from({ length: 10 }, () => store.countArrival()));
      assert.equal((await store.read()).arrivals, 12);
    });

    it('admits only as many viewers as there are places when more connect at once', async (t) => {
      const store = (await makeRelays(t))();

      const places = await Promise.all(Array.from({ length: 20 }, () => store.reservePlace(7)));

      assert.equal(places.filter((place) => place !== undefined).length, 7);
      assert.equal((await store.read()).arrivals, 7, 'a refused viewer is not counted');
    });

    it('counts the viewers of the last census and later arrivals as taken places', async (t) => {
      const store = (await makeRelays(t))();
      for (let viewer = 0; viewer < 5; viewer++) await store.reservePlace(5);
      assert.equal(await store.reservePlace(5), undefined);

      // The roster was read after four arrivals. Two of those viewers had left, and it does not contain the fifth.
      await store.claim(BOUNDARY, 'a', { viewers: 2, arrivals: 4, crowdedAddresses: [] });
      await store.claim(BOUNDARY + 1000, 'a');
      assert.notEqual(await store.reservePlace(5), undefined);
      await store.countArrival();
      assert.equal(await store.reservePlace(5), undefined);
      assert.notEqual(await store.reservePlace(6), undefined);
      await store.markEmpty('a', 8);
      assert.equal((await store.read()).isEmpty, true);
      assert.notEqual(await store.reservePlace(1), undefined, 'all places are free again');
      assert.equal(await store.reservePlace(1), undefined);
    });

    it('refuses a viewer from a crowded address', async (t) => {
      const store = (await makeRelays(t))();
      const crowdedAddresses = ['203.0.113.7', '2001:db8::1'];
      await store.claim(BOUNDARY, 'a', { viewers: 3, arrivals: 0, crowdedAddresses });
      await store.claim(BOUNDARY + 1000, 'a');

      assert.deepEqual((await store.read()).crowdedAddresses, crowdedAddresses);
      assert.equal(await store.reservePlace(10, '203.0.113.7'), undefined);
      assert.notEqual(await store.reservePlace(10, '203.0.113.8'), undefined);
      assert.notEqual(await store.reservePlace(10), undefined);
      await store.claim(BOUNDARY + 2000, 'a', { viewers: 4, arrivals: 2, crowdedAddresses: [] });
      assert.notEqual(await store.reservePlace(10, '203.0.113.7'), undefined);
    });

    it('has no crowded addresses when it is empty', async (t) => {
      const store = (await makeRelays(t))();
      await store.claim(BOUNDARY, 'a', { viewers: 3, arrivals: 0, crowdedAddresses: ['203.0.113.7'] });
      await store.markEmpty('a', 0);

      assert.deepEqual((await store.read()).crowdedAddresses, []);
      assert.notEqual(await store.reservePlace(10, '203.0.113.7'), undefined);
    });

    it('lets one viewer per window wake a runner, and another if the relay was empty meanwhile', async (t) => {
      const store = (await makeRelays(t))();
      const wake = (wokenBy: string, millis: number) => store.beginWaking(wokenBy, millis, 2000);
      await store.claim(BOUNDARY, 'a');

      const woken = await Promise.all(Array.from({ length: 20 }, (_, n) => wake(`viewer-${n}`, BOUNDARY)));
      assert.equal(woken.filter((isFirst) => isFirst).length, 1);
      assert.equal(await wake('early', BOUNDARY + 1999), false);
      assert.equal(await wake('late', BOUNDARY + 2000), true);
      assert.equal(await wake('late', BOUNDARY + 2001), true, 'repeated: the first answer was lost');
      await store.markEmpty('a', 0);
      assert.equal(await wake('next', BOUNDARY + 2002), true);
    });

    it('ignores a waking time that is further ahead than the window', async (t) => {
      const store = (await makeRelays(t))();

      assert.equal(await store.beginWaking('wrong', BOUNDARY + HOUR, 2000), true);
      assert.equal(await store.beginWaking('right', BOUNDARY, 2000), true);
      assert.equal(await store.beginWaking('next', BOUNDARY + 1000, 2000), false);
    });

    it('has a separate relay for each shard of each number of shards', async (t) => {
      const relay = await makeRelays(t);

      assert.deepEqual(await relay(0, 1).claim(BOUNDARY, 'a'), FRESH);
      assert.deepEqual(await relay(0, 2).claim(BOUNDARY, 'b'), FRESH);
      assert.deepEqual(await relay(1, 2).claim(BOUNDARY, 'c'), FRESH);
      assert.equal(await relay(0, 2).claim(BOUNDARY, 'd'), undefined);
    });

    it('alerts the leaders of another layout that share partitions with it', async (t) => {
      const relay = await makeRelays(t);
      const ofAll = <T>(shards: number, act: (store: RelayStore) => Promise<T>) =>
        Promise.all(Array.from({ length: shards }, (_, shard) => act(relay(shard, shards))));
      const arrivals = (shards: number) => ofAll(shards, async (store) => (await store.read()).arrivals);
      for (const shards of [1, 2, 4, 8]) await ofAll(shards, (store) => store.claim(BOUNDARY, 'a'));

      await relay(1, 2).alertLayout(8);
      assert.deepEqual(await arrivals(8), [0, 1, 0, 1, 0, 1, 0, 1]);
      await relay(6, 8).alertLayout(4);
      assert.deepEqual(await arrivals(4), [0, 0, 1, 0]);
      await relay(3, 4).alertLayout(1);
      assert.deepEqual(await arrivals(1), [1]);
      assert.deepEqual(await arrivals(2), [0, 0]);
      await relay(3, 4).alertLayout(16);
      assert.deepEqual(await relay(3, 16).read(), FRESH, 'a relay without a leader');
    });
  });
}
