// A deployment over release 1, on simulated time. The leader and the stand-by of release 1 continue until they leave,
// and have written the relay item.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import { makeImmediateTable } from '../../support/immediate-table.ts';
import { PreviousRunner } from '../../support/previous-release.ts';
import { SimulatedWorld } from '../../support/simulated-world.ts';
import { addViewer, assertNoneTwice, messageNow, missing, range, START, sent } from './lone-viewer.ts';

/** A world in which release 1 has sent ticks to a viewer for a while, until the start. */
async function makeOldWorld(intervalMillis = 1_000) {
  const client = makeImmediateTable();
  const beginMillis = START - 10 * intervalMillis;
  const world = Object.assign(new SimulatedWorld({ startMillis: beginMillis, intervalMillis }), {
    relay: (shard = 0, shards = 1) => makeDynamoRelayStore(client, 'tickcast', { shard, shards }),
  });
  await addViewer(world, 'viewer');
  const values = { ':at': beginMillis - 60_000, ':one': 1, ':viewer': 'viewer', ':none': [] };
  await client.send(
    new UpdateCommand({
      TableName: 'tickcast',
      Key: { partition: 'relay#0of1', id: 'relay' },
      UpdateExpression: 'SET wokenAtMillis = :at, wokenBy = :viewer, viewers = :one, crowdedAddresses = :none',
      ExpressionAttributeValues: values,
    }),
  );
  const leader = new PreviousRunner(world, client, 'old leader', 'leading', START + 60 * intervalMillis);
  const standBy = new PreviousRunner(world, client, 'old stand-by', 'standing by', START + 40 * intervalMillis);
  await world.clock.advanceTo(START);
  assert.deepEqual(sent(world), range(-9, 0));
  assert.equal((await world.relay().read()).leader, 'old leader');
  return { world, leader, standBy };
}

function sentBy(world: SimulatedWorld, { runnerId }: PreviousRunner): number {
  return world.deliveries.filter((delivery) => delivery.runnerId === runnerId).length;
}

describe('a runner that the schedule starts next to leader and stand-by of release 1', () => {
  it('leads immediately, without a tick lost or sent twice, and the old leader leaves', async () => {
    for (let phase = 0; phase < 1_000; phase += 110) {
      const { world, leader, standBy } = await makeOldWorld();
      await world.clock.advanceTo(START + 3_000 + phase);
      const runner = world.invoke();
      await world.clock.advanceTo(START + 45_000);

      assert.deepEqual(missing(world, 1, 45), [], `at ${phase}`);
      assertNoneTwice(world);
      assert.deepEqual([leader.exit, standBy.exit], ['another leads', 'time is up']);
      assert.deepEqual([sentBy(world, standBy), runner.report?.missed], [0, undefined]);
    }
  });

  it('leads within two ticks if the old leader is killed about then', async () => {
    for (let afterMillis = -2_000; afterMillis < 2_000; afterMillis += 330) {
      const { world, leader, standBy } = await makeOldWorld();
      const arrival = world.clock.sleepUntil(START + 5_000).then(() => world.invoke());
      const death = world.clock.sleepUntil(START + 5_000 + afterMillis).then(() => leader.kill());
      await world.clock.advanceTo(START + 45_000);
      await Promise.all([arrival, death]);

      assert.ok(missing(world, 1, 45).length <= 2, `killed at ${afterMillis}: ${missing(world, 1, 45)}`);
      assertNoneTwice(world);
      assert.ok(standBy.exit !== undefined && standBy.exit !== 'killed');
    }
  });

  it('loses at most two ticks at an interval from 5 s on', async () => {
    for (let atMillis = 10_000; atMillis < 20_000; atMillis += 930) {
      const { world, leader, standBy } = await makeOldWorld(10_000);
      await world.clock.advanceTo(START + atMillis);
      world.invoke();
      await world.clock.advanceTo(START + 410_500);

      assert.ok(missing(world, 1, 40).length <= 2, `at ${atMillis}: ${missing(world, 1, 40)}`);
      assertNoneTwice(world);
      assert.deepEqual([leader.exit, standBy.exit, sentBy(world, standBy)], ['another leads', 'time is up', 0]);
    }
  });

  it('is replaced by the stand-by if it is killed, with no tick sent twice', async () => {
    for (let phase = 0; phase < 1_000; phase += 90) {
      const { world } = await makeOldWorld();
      await world.clock.advanceTo(START + 3_000);
      world.invoke();
      await world.clock.advanceTo(START + 20_000 + phase);
      for (const runner of world.living) runner.kill();
      await world.clock.advanceTo(START + 31_000);
      world.invoke();
      await world.clock.advanceTo(START + 45_000);

      assert.ok(missing(world, 1, 45).length <= 2, `${missing(world, 1, 45)}`);
      assertNoneTwice(world);
    }
  });
});

describe('the relay item of release 1', () => {
  it('makes a runner that a message starts leave while the old leader is active', async () => {
    const { world, leader } = await makeOldWorld();
    const runner = world.invoke({ trigger: messageNow(world, 'guard') });
    await world.clock.advanceTo(START + 2_000);

    assert.deepEqual([runner.report?.exit, leader.exit], ['not needed', undefined]);
  });

  it('gives a new viewer ticks, from the old leader and from the new one', async () => {
    const { world } = await makeOldWorld();
    await world.clock.advanceTo(START + 1_200);
    assert.equal(await connect(world, 'first'), 101);
    await world.clock.advanceTo(START + 5_300);
    world.invoke();
    await world.clock.advanceTo(START + 9_100);
    assert.equal(await connect(world, 'second'), 101);
    await world.clock.advanceTo(START + 15_000);

    const ticks = (viewer: string) =>
      world.deliveries
        .filter(({ connectionId }) => connectionId === viewer)
        .map(({ sequence }) => sequence - START / 1_000);
    assert.deepEqual([ticks('first'), ticks('second')], [range(2, 15), range(10, 15)]);
    assert.ok(!world.messages.some(({ reason }) => reason === 'wake'));
  });

  it('can be marked as empty while a stand-by runs, which then leaves, and a viewer starts a runner', async () => {
    for (let phase = 0; phase < 2_000; phase += 190) {
      const { world, standBy } = await makeOldWorld();
      world.invoke();
      await world.clock.advanceTo(START + 10_100);
      await world.disconnect('viewer');
      await world.clock.advanceTo(START + 12_000 + phase);
      const comesMillis = world.clock.now();
      await connect(world, 'next');
      await world.clock.advanceTo(comesMillis + 6_000);

      const ticks = world.deliveries.filter(({ connectionId }) => connectionId === 'next');
      assert.ok((ticks[0]?.sentMillis ?? Number.NaN) <= comesMillis + 2_100, `at ${phase}: ${ticks[0]?.sentMillis}`);
      assert.ok(ticks.length >= 4);
      assertNoneTwice(world);
      assert.notEqual(standBy.role === 'leading' && standBy.exit === undefined, true);
    }
  });
});

async function connect(world: SimulatedWorld, id: string): Promise<number> {
  const status = world.connect(id);
  await world.clock.advanceTo(world.clock.now() + 100);
  return status;
}
