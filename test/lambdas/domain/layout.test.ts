import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { partitionOf } from '../../../lambdas/domain/connection.ts';
import { isSuperseded, partitionsOf, shardOf } from '../../../lambdas/domain/layout.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
import { PARTITION_COUNT, SHARD_COUNTS } from '../../../protocol/limits.ts';
import { SimulatedWorld } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;

function shardNumbers(shards: number): number[] {
  return [...Array(shards).keys()];
}

describe('shards', () => {
  for (const shards of SHARD_COUNTS) {
    it(`share the partitions when they are ${shards}, and the viewers about evenly`, () => {
      const partitions = shardNumbers(shards).flatMap((shard) => partitionsOf(shard, shards));
      assert.deepEqual(
        partitions.sort((a, b) => a - b),
        [...Array(PARTITION_COUNT).keys()],
      );

      const counts = new Array<number>(shards).fill(0);
      for (let viewer = 0; viewer < 16_000; viewer++) {
        const shard = shardOf(partitionOf(makeGatewayId()), shards);
        counts[shard] = (counts[shard] ?? 0) + 1;
      }
      for (const count of counts) {
        const share = 16_000 / shards;
        // Six standard deviations of a fair draw.
        assert.ok(Math.abs(count - share) <= 6 * Math.sqrt(share), `${counts}`);
      }
    });
  }

  it('are superseded by a later layout with another number of them', () => {
    const own = { shards: 2, sinceMillis: 1_000 };

    assert.equal(isSuperseded(own, undefined), false);
    assert.equal(isSuperseded(own, { shards: 2, sinceMillis: 2_000 }), false);
    assert.equal(isSuperseded(own, { shards: 4, sinceMillis: 2_000 }), true);
    assert.equal(isSuperseded(own, { shards: 4, sinceMillis: 500 }), false);
  });
});

/** Plays a deployment that changes the number of shards while viewers watch. New runners come one by one. */
async function redeploy(before: number, after: number, delaysMillis: readonly number[]) {
  const world = new SimulatedWorld({ startMillis: START });
  const ids = Array.from({ length: 40 }, (_, index) => `viewer-${index}`);
  for (const id of ids) world.connect(id, { shards: before });
  const invoke = (shards: number) => shardNumbers(shards).map((shard) => world.invoke({ shard, shards }));
  await world.clock.advanceTo(START + 5_000);
  invoke(before);
  await world.clock.advanceTo(START + 20_000);
  const old = [...world.living];
  const arrivals = shardNumbers(after).map((shard) => ({ shard, atMillis: 20_000 + (delaysMillis[shard] ?? 0) }));
  for (const { shard, atMillis } of arrivals.sort((a, b) => a.atMillis - b.atMillis)) {
    await world.clock.advanceTo(START + atMillis);
    world.invoke({ shard, shards: after });
  }
  await world.clock.advanceTo(START + 100_000);
  return { world, ids, old };
}

describe('a deployment that changes the number of shards', () => {
  it('loses nobody a tick, doubles few, and ends the old runners', async () => {
    const delays = fc.array(fc.integer({ min: 0, max: 59_000 }), { minLength: 16, maxLength: 16 });
    const counts = fc.constantFrom(...SHARD_COUNTS);
    await fc.assert(
      fc.asyncProperty(counts, counts, delays, async (before, after, delays) => {
        fc.pre(before !== after);
        const { world, ids, old } = await redeploy(before, after, delays);

        const copies = new Map<string, number>();
        for (const { connectionId, sequence } of world.deliveries) {
          copies.set(`${connectionId} ${sequence}`, (copies.get(`${connectionId} ${sequence}`) ?? 0) + 1);
        }
        for (const id of ids) {
          let doubled = 0;
          for (let tick = 3; tick < 100; tick++) {
            const count = copies.get(`${id} ${START / 1000 + tick}`) ?? 0;
            assert.ok(count >= 1, `${id} has not got ${tick}`);
            if (count > 1) doubled++;
          }
          assert.ok(doubled <= 3, `${id} got ${doubled} ticks twice`);
        }
        assert.ok(old.every(({ report }) => report?.left === 'superseded'));
        assert.equal(world.living.length, 2 * after, 'a leader and a stand-by each');
      }),
      { numRuns: 40 },
    );
  });
});
