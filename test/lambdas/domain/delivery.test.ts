// The requests of a leader for each tick, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { partitionsOf } from '../../../lambdas/domain/layout.ts';
import { makeMemoryConnectionStore } from '../../support/memory-stores.ts';
import type { SimulatedWorld, WorldOptions } from '../../support/simulated-world.ts';
import { addViewer, makeWorld, missing, range, START, sent } from './lone-viewer.ts';

/** Returns how many calls of each method the steps made. */
async function callsDuring(world: SimulatedWorld, steps: () => Promise<void>): Promise<Record<string, number>> {
  const before = { ...world.calls };
  await steps();
  const changed = Object.entries(world.calls).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(changed.filter(([, count]) => count > 0));
}

/** A world that records when the roster is read, in milliseconds since the start. */
async function makeListedWorld(options: Partial<WorldOptions> = {}) {
  const stores = makeMemoryConnectionStore();
  const reads: number[] = [];
  const list = (...args: Parameters<typeof stores.list>) => {
    reads.push(world.clock.now() - START);
    return stores.list(...args);
  };
  const world = await makeWorld({ connections: { ...stores, list }, ...options });
  return { world, reads };
}

function ticksOf(world: SimulatedWorld, viewer: string): number[] {
  const ticks = world.deliveries.filter(({ connectionId }) => connectionId === viewer);
  return ticks.map(({ sequence }) => sequence - START / world.intervalMillis);
}

describe('a steady tick', () => {
  it('needs one claim, and no read of roster or relay', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 4_200);
    const calls = await callsDuring(world, () => world.clock.advanceTo(START + 4_200 + 3_000));
    // The leader sends one guard, and the runners of guards read the relay.
    const { send = 0, read = 0, requestDate: _, ...others } = calls;

    assert.deepEqual(others, { claim: 3 });
    assert.ok(send === 1 && read <= 2, JSON.stringify(calls));
  });

  it('reads the roster every 30 s', async () => {
    const { world, reads } = await makeListedWorld();
    world.invoke();
    await world.clock.advanceTo(START + 100_000);

    const gaps = reads.slice(1).map((read, index) => read - (reads[index] ?? 0));
    assert.ok(gaps.length === 3 && gaps.every((gap) => gap > 30_000 && gap <= 31_100), `${reads}`);
  });

  it('reads the roster once when viewers have arrived, and sends them the next tick', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 5_200);
    const calls = await callsDuring(world, async () => {
      for (const id of ['a', 'b', 'c']) world.connect(id);
      await world.clock.advanceTo(START + 9_200);
    });

    assert.deepEqual([calls.list, calls.put, calls.reservePlace], [1, 3, 3]);
    for (const id of ['a', 'b', 'c']) assert.deepEqual(ticksOf(world, id), range(6, 9));
  });

  it('does not read the roster after a viewer was refused', async () => {
    const world = await makeWorld({ maxViewers: 1 });
    world.invoke();
    await world.clock.advanceTo(START + 5_200);
    const calls = await callsDuring(world, async () => {
      const status = world.connect('a');
      await world.clock.advanceTo(START + 9_200);
      assert.equal(await status, 429);
    });

    assert.deepEqual([calls.list, calls.reservePlace], [undefined, 1]);
  });

  it('reads the roster again at the next tick if the read failed', async () => {
    const stores = makeMemoryConnectionStore();
    let failures = 0;
    const list = (...args: Parameters<typeof stores.list>) =>
      failures-- > 0 ? Promise.reject(new Error('throttled')) : stores.list(...args);
    const world = await makeWorld({ connections: { ...stores, list } });
    world.invoke();
    await world.clock.advanceTo(START + 5_200);
    world.connect('late');
    failures = 100;
    await world.clock.advanceTo(START + 6_500);
    failures = 0;
    await world.clock.advanceTo(START + 8_000);

    assert.deepEqual(ticksOf(world, 'late'), [7, 8]);
    assert.deepEqual(missing(world, 1, 8), []);
  });

  it('reads the roster after the posts of the previous tick, but in time for its own', async () => {
    for (const [postMillis, readMillis] of [
      [0, 600],
      [700, 700],
      [890, 800],
    ] as const) {
      const { world, reads } = await makeListedWorld({ postMillis: () => postMillis, latencyMillis: () => 2 });
      world.invoke();
      await world.clock.advanceTo(START + 2_300);
      await world.relay().countArrival();
      await world.clock.advanceTo(START + 4_100);

      assert.deepEqual(sent(world), range(1, 4));
      const inThirdSecond = reads.filter((millis) => millis > 2_300).map((millis) => millis - 2_000);
      assert.equal(inThirdSecond.length, 1);
      const [millis = 0] = inThirdSecond;
      assert.ok(millis >= readMillis && millis <= readMillis + 5, `${millis} ms with posts of ${postMillis}`);
    }
  });
});

describe('a viewer who is gone', () => {
  it('gets one more post, and its row is removed', async () => {
    const world = await makeWorld();
    await addViewer(world, 'gone');
    const leader = world.invoke();
    await world.clock.advanceTo(START + 5_100);
    await world.disconnect('gone', false);
    const calls = await callsDuring(world, () => world.clock.advanceTo(START + 9_500));
    assert.deepEqual([calls.removeOld, calls.list], [1, undefined]);
    await world.disconnect('viewer', false);
    await world.clock.advanceTo(START + 12_000);

    assert.equal(leader.report?.posts.gone, 2);
  });

  it('gets each tick while its row is younger than ten seconds', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 3_200);
    // The gateway answers 410 until $connect has returned.
    await world.connections.put(makeConnection('young', START + 3_200));
    await world.relay().countArrival();
    await world.clock.advanceTo(START + 6_500);
    assert.deepEqual(ticksOf(world, 'young'), []);
    world.viewers.set('young', { connectedMillis: START + 6_500 });
    await world.clock.advanceTo(START + 8_500);
    assert.deepEqual(ticksOf(world, 'young'), [7, 8]);
    await world.disconnect('young', false);
    await world.clock.advanceTo(START + 25_000);
    await world.disconnect('viewer', false);
    await world.clock.advanceTo(START + 28_000);

    // Ticks 4 to 6, 9 to 14, and the one that finds the other viewer gone.
    assert.equal(leader.report?.posts.gone, 3 + 6 + 1);
  });
});

describe('a deployment with another number of shards', () => {
  it('makes its leader write the layout and alert the leaders of the previous layout', async () => {
    const world = await makeWorld({ shards: 2 });
    await world.connections.setLayout(partitionsOf(0, 1), { shards: 1, sinceMillis: START - 60_000 });
    await world.relay(0, 1).claim(START - 1_000, 'old');
    world.invoke({ shard: 0 });
    await world.clock.advanceTo(START + 2_500);

    const { layouts } = await world.connections.list([0, 1], START);
    assert.deepEqual([layouts.get(0)?.shards, layouts.get(1)?.shards], [2, 1]);
    assert.equal((await world.relay(0, 1).read()).arrivals, 1);
    const calls = await callsDuring(world, () => world.clock.advanceTo(START + 60_000));
    assert.equal(calls.setLayout, undefined, 'the layout is not written a second time');
  });

  it('makes the previous leader leave when the new layout serves all partitions', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 5_200);
    await world.connections.setLayout(partitionsOf(0, 1), { shards: 4, sinceMillis: START + 5_200 });
    await world.relay().countArrival();
    await world.clock.advanceTo(START + 6_200);

    assert.equal(leader.report?.exit, 'superseded');
    assert.deepEqual(sent(world), range(1, 5));
  });

  it('does not replace a later layout of some of its partitions', async () => {
    const world = await makeWorld();
    await world.connections.setLayout(partitionsOf(0, 1), { shards: 2, sinceMillis: START - 60_000 });
    await world.connections.setLayout([3], { shards: 4, sinceMillis: START + 60_000 });
    world.invoke();
    await world.clock.advanceTo(START + 3_500);

    const { layouts } = await world.connections.list([2, 3], START);
    assert.deepEqual([layouts.get(2)?.shards, layouts.get(3)?.shards], [1, 4]);
  });

  it('writes its layout again if the write failed', async () => {
    const stores = makeMemoryConnectionStore();
    let failures = 4;
    const setLayout = (...args: Parameters<typeof stores.setLayout>) =>
      failures-- > 0 ? Promise.reject(new Error('throttled')) : stores.setLayout(...args);
    const world = await makeWorld({ connections: { ...stores, setLayout } });
    world.invoke();
    await world.clock.advanceTo(START + 6_000);

    assert.equal((await stores.list([0], START)).layouts.get(0)?.shards, 1);
    assert.deepEqual(sent(world), range(1, 6));
  });
});

describe('the measurements of a run', () => {
  it('are recorded once a minute and when the run ends', async () => {
    // The queue accepts no messages, so no other runner takes over.
    const world = await makeWorld({ canSend: false });
    world.invoke();
    await world.clock.advanceTo(START + 150_000);

    assert.deepEqual(
      world.measurements.map(({ ticksSent, viewers }) => [ticksSent, viewers]),
      [
        [60, 1],
        [60, 1],
        [28, 1],
      ],
    );
  });
});
