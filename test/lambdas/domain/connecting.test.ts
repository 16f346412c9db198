// Viewers who connect, on simulated time: waking, and the limits.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedWorld } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;

async function connect(world: SimulatedWorld, ...args: Parameters<SimulatedWorld['connect']>): Promise<number> {
  const status = world.connect(...args);
  await world.clock.advanceTo(world.clock.now() + 100);
  return status;
}

async function rows(world: SimulatedWorld): Promise<string[]> {
  const { connections } = await world.connections.list([...Array(16).keys()], world.clock.now(), 'strong');
  return connections.map(({ connectionId }) => connectionId).sort();
}

describe('a viewer who connects', () => {
  it('wakes a runner when there never was one, and has a tick within two seconds', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    assert.equal(await connect(world, 'viewer'), 101);
    await world.clock.advanceTo(START + 2_000);

    assert.equal(world.runners.length, 1);
    assert.ok(world.deliveries.length >= 1);
  });

  it('wakes one runner together with many others', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    const all = Array.from({ length: 50 }, (_, index) => world.connect(`viewer-${index}`));
    await world.clock.advanceTo(START + 2_000);

    assert.deepEqual(await Promise.all(all), Array(50).fill(101));
    assert.equal(world.runners.length, 1, 'its stand-by comes later');
    assert.equal(new Set(world.deliveries.map(({ connectionId }) => connectionId)).size, 50);
  });

  it('wakes few, however long the interval is', async () => {
    const world = new SimulatedWorld({ startMillis: START, intervalMillis: 60_000 });
    for (let visit = 0; visit < 80; visit++) {
      world.connect(`viewer-${visit}`);
      await world.clock.advanceTo(START + (visit + 1) * 2_050);
    }

    assert.ok(world.living.length <= 2, `${world.living.length} runners`);
  });

  it('is seen although it comes at the moment when the last runner leaves, and none stands by', async () => {
    const latency = fc.integer({ min: 2, max: 120 });
    const history = fc.record({
      latencies: fc.infiniteStream(latency),
      comesMillis: fc.integer({ min: 5_500, max: 5_950 }),
    });
    await fc.assert(
      fc.asyncProperty(history, async ({ latencies, comesMillis }) => {
        const latencyMillis = () => latencies.next().value ?? 2;
        const world = new SimulatedWorld({ startMillis: START, latencyMillis });
        world.connect('a');
        await world.clock.advanceTo(START + 5_100);
        for (const runner of world.runners.slice(1)) runner.kill();
        world.disconnect('a');
        await world.clock.advanceTo(START + comesMillis);
        world.connect('b');
        await world.clock.advanceTo(START + comesMillis + 2_600);

        assert.ok(world.deliveries.some(({ connectionId }) => connectionId === 'b'));
      }),
      { numRuns: 500 },
    );
  });

  it('has a tick although the next boundary was claimed by a runner that has gone to rest', async () => {
    const world = new SimulatedWorld({ startMillis: START, coldStartMillis: () => 20 });
    world.connect('a');
    await world.clock.advanceTo(START + 10_300);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 10_650);
    assert.equal(world.runners[0]?.report?.left, 'nobody is connected', 'it had claimed the eleventh second');
    world.connect('b');
    await world.clock.advanceTo(START + 12_500);

    const ticks = world.deliveries.filter(({ connectionId }) => connectionId === 'b');
    assert.deepEqual(
      ticks.map(({ sequence }) => sequence - START / 1000),
      [12],
    );
  });

  it('wakes nobody while a runner is at work', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    await connect(world, 'first');
    await world.clock.advanceTo(START + 10_300);
    const before = world.runners.length;
    await connect(world, 'second');
    await world.clock.advanceTo(START + 15_000);

    assert.equal(world.runners.length, before);
  });

  it('wakes a runner when the last one has died', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    await connect(world, 'first');
    await world.clock.advanceTo(START + 10_000);
    for (const runner of world.living) runner.kill();
    await world.clock.advanceTo(START + 13_000);
    const before = world.runners.length;
    await connect(world, 'second');
    await world.clock.advanceTo(START + 15_100);

    assert.ok(world.runners.length > before);
    assert.equal(world.deliveries.at(-1)?.sequence, START / 1000 + 15);
  });

  it('wakes a runner after one that was woken has not come', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    await connect(world, 'first');
    await world.clock.advanceTo(START + 400);
    world.runners[0]?.kill();
    await world.clock.advanceTo(START + 2_100);
    await connect(world, 'second');
    await world.clock.advanceTo(START + 4_100);

    assert.equal(world.runners.length, 2);
    assert.ok(world.deliveries.some(({ connectionId }) => connectionId === 'first'));
  });

  it('is let in although no runner can be woken', async () => {
    const world = new SimulatedWorld({ startMillis: START, canWake: false });

    assert.equal(await connect(world, 'viewer'), 101);
    assert.deepEqual(await rows(world), ['viewer']);
  });
});

describe('the limits', () => {
  it('refuse viewers beyond the greatest number, leave no row, and let others in once somebody has left', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 2 });
    await connect(world, 'a');
    await connect(world, 'b');
    await world.clock.advanceTo(START + 5_300);

    assert.equal(await connect(world, 'c'), 429);
    assert.deepEqual(await rows(world), ['a', 'b']);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 7_300);
    assert.equal(await connect(world, 'd'), 101);
  });

  it('refuse connections of an address that holds as many as it may', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewersPerAddress: 2 });
    for (const id of ['a', 'b']) await connect(world, id, { address: '203.0.113.1' });
    await world.clock.advanceTo(START + 5_300);

    assert.equal(await connect(world, 'c', { address: '203.0.113.1' }), 429);
    assert.equal(await connect(world, 'd', { address: '203.0.113.2' }), 101);
    assert.deepEqual(await rows(world), ['a', 'b', 'd']);
  });

  it('refuse nobody by a census that nobody keeps any more', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 1 });
    await connect(world, 'a');
    await world.clock.advanceTo(START + 5_300);
    world.runners[0]?.kill();
    await world.disconnect('a');
    await world.clock.advanceTo(START + 60_000);

    assert.equal(await connect(world, 'b'), 101);
  });
});
