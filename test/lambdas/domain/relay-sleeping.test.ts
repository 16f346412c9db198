// Intervals at which no runner stays between two ticks, on simulated time: a message starts the runner of each tick.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedWorld, WorldOptions } from '../../support/simulated-world.ts';
import { assertNoneLate, assertNoneTwice, makeWorld, messageNow, missing, range, START, sent } from './lone-viewer.ts';

/** A world in which the chain of messages has begun. The first tick is sent at the first boundary. */
async function makeChain(options: Partial<WorldOptions> = {}): Promise<SimulatedWorld> {
  const world = await makeWorld({ intervalMillis: 10_000, ...options });
  world.invoke();
  await world.clock.advanceTo(START + world.intervalMillis + 500);
  assert.equal(world.deliveries.length, 1);
  return world;
}

describe('a runner that does not stay', () => {
  for (const intervalMillis of [5_000, 10_000, 60_000]) {
    it(`sends one tick and leaves, at an interval of ${intervalMillis} ms`, async () => {
      const world = await makeChain({ intervalMillis });
      const { runners, messages } = world;
      const [runnersBefore, messagesBefore] = [runners.length, messages.length];
      await world.clock.advanceTo(START + 11 * intervalMillis + 500);

      assert.deepEqual(sent(world), range(1, 11));
      assert.equal(new Set(world.deliveries.map(({ runnerId }) => runnerId)).size, 11);
      assert.equal(messages.length - messagesBefore, 20, 'two messages a tick');
      const senders = world.deliveries.slice(1).map(({ runnerId }) => runnerId);
      assert.deepEqual([...new Set(messages.slice(messagesBefore).map(({ sentBy }) => sentBy))], senders);
      const exits = runners.slice(runnersBefore).map(({ report }) => report?.exit);
      assert.deepEqual([...new Set(exits)].sort(), ['not needed', 'tick done']);
      assert.equal(world.living.length, 0);
      assertNoneLate(world);
    });
  }

  it('sends the message of the next tick 1.4 to 2.4 s ahead, and a guard of the tick after it a second less', async () => {
    const world = await makeChain({ latencyMillis: () => 2, coldStartMillis: () => 0 });
    await world.clock.advanceTo(START + 50_500);

    const leads = world.messages.map(({ reason, boundaryMillis = 0, dueMillis }) => [
      reason,
      boundaryMillis - dueMillis,
    ]);
    assert.ok(leads.every(([reason, lead]) => Number(lead) >= (reason === 'guard' ? 400 : 1_400)));
    assert.ok(leads.every(([reason, lead]) => Number(lead) < (reason === 'guard' ? 1_400 : 2_400)));
    const calls = world.messages.slice(-2).map(({ reason, boundaryMillis }) => [reason, boundaryMillis]);
    assert.deepEqual(calls, [
      ['tick', START + 60_000],
      ['guard', START + 70_000],
    ]);
  });

  it('sends both messages before its tick', async () => {
    const world = await makeChain();
    await world.clock.advanceTo(START + 20_500);

    const calls = world.messages.filter(({ sentBy }) => sentBy === world.deliveries[1]?.runnerId);
    assert.deepEqual(
      calls.map(({ sentMillis }) => sentMillis < START + 20_000),
      [true, true],
    );
  });

  it('reads the roster once per tick, after it has won the claim', async () => {
    const world = await makeChain();
    const before = { ...world.calls };
    await world.clock.advanceTo(START + 60_500);

    const since = (name: string) => (world.calls[name] ?? 0) - (before[name] ?? 0);
    assert.deepEqual([since('list'), since('claim')], [5, 5]);
  });

  it('claims on arrival if the boundary is near, and otherwise sends the message of the tick', async () => {
    for (const [untilMillis, exit] of [
      [3_600, 'next runner called'],
      [3_400, undefined],
    ] as const) {
      const world = await makeWorld({ intervalMillis: 10_000 });
      await world.clock.advanceTo(START + 10_000 - untilMillis);
      const runner = world.invoke();
      await world.clock.advanceTo(START + 10_000 - untilMillis + 200);

      assert.equal(runner.report?.exit, exit);
      assert.equal((await world.relay().read()).lastBoundaryMillis, exit === undefined ? START + 10_000 : 0);
      await world.clock.advanceTo(START + 30_500);
      assert.deepEqual(sent(world), [1, 2, 3]);
    }
  });

  it('ends a second chain of messages', async () => {
    const world = await makeWorld({
      intervalMillis: 10_000,
      copies: () => (world.clock.now() < START + 15_000 ? 3 : 1),
    });
    for (const delayMillis of [0, 10, 1_500, 7_000]) {
      await world.clock.advanceTo(START + delayMillis);
      world.invoke();
    }
    await world.clock.advanceTo(START + 30_500);
    const before = world.messages.length;
    await world.clock.advanceTo(START + 80_500);

    assert.deepEqual(sent(world), range(1, 8));
    assert.equal(world.messages.length - before, 10, 'two a tick');
  });

  it('leaves if the schedule starts it and the next tick is claimed', async () => {
    const world = await makeChain();
    await world.clock.advanceTo(START + 18_900);
    const before = world.messages.length;
    const runner = world.invoke();
    await world.clock.advanceTo(START + 19_500);

    assert.deepEqual([runner.report?.exit, world.messages.length - before], ['not needed', 0]);
  });

  it('leaves if the boundary of its message, or a later one, is claimed', async () => {
    for (const ticksAgo of [0, 1, 3]) {
      const world = await makeChain();
      await world.clock.advanceTo(START + 52_000);
      const before = world.messages.length;
      const boundaryMillis = START + (5 - ticksAgo) * 10_000;
      const runner = world.invoke({ trigger: messageNow(world, 'tick', { boundaryMillis }) });
      await world.clock.advanceTo(START + 52_500);

      assert.deepEqual([runner.report?.exit, world.messages.length - before], ['not needed', 0]);
    }
  });

  it('sends the message of the next tick if its own message arrived too late', async () => {
    const world = await makeWorld({ intervalMillis: 10_000 });
    await world.relay().claim(START, 'killed');
    await world.clock.advanceTo(START + 12_000);
    const runner = world.invoke({ trigger: messageNow(world, 'tick', { boundaryMillis: START + 10_000 }) });
    await world.clock.advanceTo(START + 40_500);

    assert.equal(runner.report?.exit, 'next runner called');
    assert.deepEqual(sent(world), [2, 3, 4]);
  });

  it('misses at most one tick if a message is lost', async () => {
    for (let lost = 0; lost < 8; lost++) {
      let messages = 0;
      const world = await makeChain({ isLost: () => messages++ === lost + 2 });
      await world.clock.advanceTo(START + 100_500);

      assert.ok(missing(world, 1, 10).length <= 1, `message ${lost} is lost: ${missing(world, 1, 10)}`);
      assertNoneTwice(world);
    }
  });

  it('misses at most one tick if its successor is killed at any moment', async () => {
    for (let afterMillis = 0; afterMillis < 2_600; afterMillis += 50) {
      const world = await makeChain();
      const kill = world.clock.sleepUntil(START + 27_900 + afterMillis).then(() => {
        for (const runner of world.living) runner.kill();
      });
      await world.clock.advanceTo(START + 100_500);
      await kill;

      assert.ok(missing(world, 1, 10).length <= 1, `killed at ${afterMillis}: ${missing(world, 1, 10)}`);
      assertNoneTwice(world);
    }
  });

  it('counts the tick that no runner claimed', async () => {
    let messages = 0;
    // The guard of the third tick, and its tick message.
    const world = await makeChain({ isLost: () => [3, 4].includes(messages++) });
    await world.clock.advanceTo(START + 60_500);

    const missed = world.runners.reduce((sum, { report }) => sum + (report?.missed ?? 0), 0);
    assert.deepEqual([missing(world, 1, 6), missed], [[3], 1]);
  });

  it('is started again by the schedule if all messages were lost', async () => {
    let messages = 0;
    const world = await makeChain({ isLost: () => messages++ > 2 && messages <= 6 });
    await world.clock.advanceTo(START + 44_900);
    assert.deepEqual([sent(world), messages], [[1, 2], 6]);
    world.invoke();
    await world.clock.advanceTo(START + 90_500);

    assert.deepEqual(missing(world, 1, 9), [3, 4]);
  });

  it('ends its chain when no viewer is connected, and sends nothing more', async () => {
    const world = await makeChain();
    await world.clock.advanceTo(START + 25_000);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 35_000);
    const before = world.messages.length;
    await world.clock.advanceTo(START + 600_000);

    assert.deepEqual([sent(world), world.messages.length, world.empties], [[1, 2], before, 1]);
    assert.deepEqual(world.living, []);
  });
});
