// Deployments that change the number of shards while viewers are connected, on simulated time. layout.test.ts plays
// them.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SHARD_COUNTS } from '../../../protocol/limits.ts';
import { SimulatedWorld } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;
const DEPLOYED_AFTER_MILLIS = 20_000;
const TICKS = 100;

export async function loseNoViewer(numRuns: number): Promise<void> {
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
        for (let tick = 3; tick < TICKS; tick++) {
          const count = copies.get(`${id} ${START / 1000 + tick}`) ?? 0;
          assert.ok(count >= 1, `${id} has not got ${tick}`);
          if (count > 1) doubled++;
        }
        assert.ok(doubled <= 3, `${id} got ${doubled} ticks twice`);
      }
      for (const { runnerId, report } of old) assert.equal(report?.exit, 'superseded', runnerId);
      // Guards come and go; leaders stay.
      const leaders = world.living.filter(({ arrivedMillis }) => arrivedMillis < world.clock.now() - 3_000);
      assert.deepEqual(
        leaders.map(({ shard, shards }) => `${shard} of ${shards}`).sort(),
        shardNumbers(after)
          .map((shard) => `${shard} of ${after}`)
          .sort(),
      );
    }),
    { numRuns },
  );
}

/** Plays a deployment that changes the number of shards. Later, the schedule starts the first runner of each new shard,
 *  unless a message does. */
async function redeploy(before: number, after: number, delaysMillis: readonly number[]) {
  const world = new SimulatedWorld({ startMillis: START, shards: before });
  const ids = Array.from({ length: 40 }, (_, index) => `viewer-${index}`);
  for (const id of ids) world.connect(id);
  await world.clock.advanceTo(START + DEPLOYED_AFTER_MILLIS);
  const old = world.living.filter(({ arrivedMillis }) => arrivedMillis < world.clock.now() - 3_000);
  world.deploy(after);
  const arrivals = shardNumbers(after).map((shard) => {
    return { shard, atMillis: DEPLOYED_AFTER_MILLIS + (delaysMillis[shard] ?? 0) };
  });
  for (const { shard, atMillis } of arrivals.sort((a, b) => a.atMillis - b.atMillis)) {
    await world.clock.advanceTo(START + atMillis);
    world.invoke({ shard });
  }
  await world.clock.advanceTo(START + TICKS * 1_000);
  return { world, ids, old };
}

function shardNumbers(shards: number): number[] {
  return [...Array(shards).keys()];
}
