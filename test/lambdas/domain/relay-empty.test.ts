// The relay of a shard without viewers, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WakeReason } from '../../../lambdas/domain/ports.ts';
import { SimulatedWorld } from '../../support/simulated-world.ts';
import { addViewer, makeWorld, messageNow, missing, START, sent } from './lone-viewer.ts';

/** A world whose only viewer has left, and after it the leader. */
async function makeEmptyWorld(intervalMillis = 1_000): Promise<SimulatedWorld> {
  const world = await makeWorld({ intervalMillis });
  world.invoke();
  await world.clock.advanceTo(START + intervalMillis + 10_000);
  await world.disconnect('viewer');
  await world.clock.advanceTo(START + 3 * intervalMillis + 60_000);
  assert.equal((await world.relay().read()).isEmpty, true);
  return world;
}

function exitsOf(world: SimulatedWorld) {
  return world.runners.map(({ report }) => report?.exit);
}

describe('a leader', () => {
  it('leaves at the next claim after its last viewer has left, with or without a $disconnect', async () => {
    for (const isTold of [true, false]) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + 15_100);
      await world.disconnect('viewer', isTold);
      await world.clock.advanceTo(START + 17_000);

      const { exit, sent, missed, posts } = leader.report ?? assert.fail('the leader has left');
      assert.deepEqual([exit, sent, missed, posts.gone], ['empty', 16, 0, 1]);
      assert.equal(world.empties, 1);
      assert.deepEqual(await rowsOf(world), []);
    }
  });

  it('leaves before its first tick if no viewer is connected', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    const runner = world.invoke();
    await world.clock.advanceTo(START + 700);

    assert.equal(runner.report?.exit, 'empty');
    assert.equal((await world.relay().read()).isEmpty, true);
    assert.equal(world.calls.markEmpty, 1);
  });

  it('that leaves after its claim is succeeded at the next tick if a viewer connects before the claimed one', async () => {
    const world = await makeWorld({ intervalMillis: 10_000 });
    world.invoke();
    await world.clock.advanceTo(START + 12_000);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 19_700);
    const { isEmpty, lastBoundaryMillis } = await world.relay().read();
    assert.deepEqual([isEmpty, lastBoundaryMillis], [true, START + 20_000]);

    await addViewer(world, 'late');
    await world.relay().countArrival();
    const runner = world.invoke({ trigger: messageNow(world, 'wake') });
    await world.clock.advanceTo(START + 30_500);

    assert.equal(runner.report?.exit, 'next runner called');
    assert.deepEqual(sent(world), [1, 3]);
  });

  it('stays if a viewer has connected after the roster was read', async () => {
    const world = await makeWorld();
    const relay = world.relay();
    const { markEmpty } = relay;
    relay.markEmpty = async (...args) => {
      relay.markEmpty = markEmpty;
      await addViewer(world, 'late');
      await relay.countArrival();
      return markEmpty(...args);
    };
    const leader = world.invoke();
    await world.clock.advanceTo(START + 15_100);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 20_000);

    assert.equal(leader.report, undefined);
    const got = world.deliveries.filter(({ connectionId }) => connectionId === 'late');
    assert.deepEqual(
      got.map(({ sequence }) => sequence - START / 1_000),
      [17, 18, 19, 20],
    );
    assert.deepEqual(missing(world, 1, 15), []);
  });

  it('stays while the shard cannot be marked as empty', async () => {
    const world = await makeWorld();
    const relay = world.relay();
    const { markEmpty } = relay;
    relay.markEmpty = () => Promise.reject(new Error('throttled'));
    const leader = world.invoke();
    await world.clock.advanceTo(START + 5_100);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 10_000);
    assert.equal(world.living.length, 1);
    relay.markEmpty = markEmpty;
    await world.clock.advanceTo(START + 11_000);

    assert.deepEqual([leader.report?.exit, leader.report?.missed], ['empty', 0]);
  });
});

describe('an empty relay', () => {
  for (const intervalMillis of [1_000, 10_000]) {
    it(`has only the runners of the schedule, at an interval of ${intervalMillis} ms`, async () => {
      const world = await makeEmptyWorld(intervalMillis);
      const [runners, messages] = [world.runners.length, world.messages.length];
      const { read = 0, ...calls } = world.calls;
      for (let minute = 0; minute < 5; minute++) {
        const runner = world.invoke();
        await world.clock.advanceTo(world.clock.now() + 60_000);
        assert.equal(runner.report?.exit, 'empty');
      }

      assert.deepEqual([world.runners.length - runners, world.messages.length - messages], [5, 0]);
      assert.deepEqual(world.calls, { ...calls, read: read + 5 });
      assert.equal(world.empties, 6, 'once by the runner that marked it, then by the schedule');
    });
  }

  it('makes the remaining guards leave without a message', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 15_100);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 17_000);
    const [runners, messages] = [world.runners.length, world.messages.length];
    await world.clock.advanceTo(START + 60_000);

    const exits = exitsOf(world).slice(runners);
    assert.ok(exits.length >= 2, `${exits.length} guards`);
    assert.deepEqual([[...new Set(exits)], world.messages.length - messages, world.empties], [['not needed'], 0, 1]);
  });

  it('makes a runner that a message starts leave without a message or a metric', async () => {
    const reasons: readonly WakeReason[] = ['wake', 'guard', 'tick', 'relieve'];
    for (const intervalMillis of [1_000, 10_000]) {
      const world = await makeEmptyWorld(intervalMillis);
      const { length } = world.messages;
      const boundaryMillis = world.clock.now() + 3_000;
      const runners = reasons.map((reason) =>
        world.invoke({ trigger: messageNow(world, reason, intervalMillis > 1_000 ? { boundaryMillis } : {}) }),
      );
      await world.clock.advanceTo(world.clock.now() + 10_000);

      for (const { report } of runners) assert.equal(report?.exit, 'not needed');
      assert.deepEqual([world.messages.length - length, world.empties], [0, 1]);
    }
  });

  it('sends a viewer a tick within two seconds of any arrival', async () => {
    for (let afterMillis = 0; afterMillis < 4_000; afterMillis += 90) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + 15_100);
      await world.disconnect('viewer');
      while (leader.report === undefined) await world.clock.advanceTo(world.clock.now() + 10);
      const comesMillis = world.clock.now() + afterMillis;
      await world.clock.advanceTo(comesMillis);
      world.connect('next');
      await world.clock.advanceTo(comesMillis + 2_050);

      const first = world.deliveries.find(({ connectionId }) => connectionId === 'next');
      assert.ok(first !== undefined, `${afterMillis} ms after the leader left`);
    }
  });

  it('does not count the ticks of that time as missed', async () => {
    const world = await makeEmptyWorld();
    world.connect('another');
    await world.clock.advanceTo(START + 100_000);
    await world.disconnect('another');
    await world.clock.advanceTo(START + 120_000);

    assert.ok(world.runners.every(({ report }) => report?.missed === 0));
    assert.ok(sent(world).length > 40);
  });

  it('overlooks no viewer who connects while the last runner leaves', async () => {
    const history = fc.record({
      latencies: fc.infiniteStream(fc.integer({ min: 2, max: 120 })),
      comesMillis: fc.integer({ min: 16_000, max: 17_200 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ latencies, comesMillis }) => {
        const world = await makeWorld({ latencyMillis: () => latencies.next().value ?? 2 });
        world.invoke();
        await world.clock.advanceTo(START + 15_100);
        world.disconnect('viewer');
        await world.clock.advanceTo(START + comesMillis);
        world.connect('next');
        await world.clock.advanceTo(START + comesMillis + 2_600);

        assert.ok(world.deliveries.some(({ connectionId }) => connectionId === 'next'));
      }),
      { numRuns: 200 },
    );
  });
});

async function rowsOf(world: SimulatedWorld): Promise<string[]> {
  const { connections } = await world.connections.list([...Array(16).keys()], world.clock.now());
  return connections.map(({ connectionId }) => connectionId);
}
