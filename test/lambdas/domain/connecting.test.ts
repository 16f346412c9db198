// How `$connect` starts runners, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedWorld } from '../../support/simulated-world.ts';
import { connect, rows, START } from './connecting-viewers.ts';

describe('a viewer who connects', () => {
  it('starts a runner if there never was one, and gets a tick within two seconds', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    assert.equal(await connect(world, 'viewer'), 101);
    await world.clock.advanceTo(START + 2_000);

    assert.deepEqual(world.messages.map(({ reason, delaySeconds }) => `${reason} ${delaySeconds}`).slice(0, 3), [
      'wake 0',
      'wake 1',
      'wake 2',
    ]);
    assert.ok(world.deliveries.length >= 1);
  });

  it('starts one runner, also if many viewers connect at once', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    const all = Array.from({ length: 50 }, (_, index) => world.connect(`viewer-${index}`));
    await world.clock.advanceTo(START + 2_000);

    assert.deepEqual(await Promise.all(all), Array(50).fill(101));
    assert.equal(
      world.messages.filter(({ reason }) => reason === 'wake').length,
      3,
      'three messages, because one may be lost or late',
    );
    assert.equal(world.living.length, 1);
    assert.equal(new Set(world.deliveries.map(({ connectionId }) => connectionId)).size, 50);
  });

  it('sends three messages, also if a thousand viewers connect at once', async () => {
    for (const intervalMillis of [1_000, 10_000]) {
      const world = new SimulatedWorld({ startMillis: START, intervalMillis });
      world.invoke();
      await world.clock.advanceTo(START + 30_000);
      assert.equal((await world.relay().read()).isEmpty, true);
      const before = world.messages.length;
      const all = Array.from({ length: 1_000 }, (_, index) => world.connect(`viewer-${index}`));
      await world.clock.advanceTo(START + 30_100);

      assert.equal((await Promise.all(all)).filter((status) => status === 101).length, 1_000);
      const sent = world.messages.slice(before);
      assert.deepEqual(
        sent.map(({ reason, delaySeconds, sentBy }) => [reason, delaySeconds, sentBy]),
        [0, 1, 2].map((delaySeconds) => ['wake', delaySeconds, sent[0]?.sentBy]),
      );
    }
  });

  it('starts few runners at an interval of 60 s', async () => {
    const world = new SimulatedWorld({ startMillis: START, intervalMillis: 60_000 });
    for (let visit = 0; visit < 80; visit++) {
      world.connect(`viewer-${visit}`);
      await world.clock.advanceTo(START + (visit + 1) * 2_050);
    }

    assert.ok(world.living.length <= 2, `${world.living.length} runners`);
  });

  it('is not overlooked if it connects when the last runner leaves', async () => {
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
        world.disconnect('a');
        await world.clock.advanceTo(START + comesMillis);
        world.connect('b');
        await world.clock.advanceTo(START + comesMillis + 2_600);

        assert.ok(world.deliveries.some(({ connectionId }) => connectionId === 'b'));
      }),
      { numRuns: 500 },
    );
  });

  it('gets a tick after a runner has claimed the next boundary and then left because the shard was empty', async () => {
    const world = new SimulatedWorld({ startMillis: START, coldStartMillis: () => 20 });
    world.connect('a');
    await world.clock.advanceTo(START + 11_100);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 12_650);
    const exits = world.runners.map(({ report }) => report?.exit);
    assert.ok(exits.includes('empty'), 'a runner left after it had claimed boundary 13');
    world.connect('b');
    await world.clock.advanceTo(START + 14_500);

    const ticks = world.deliveries.filter(({ connectionId }) => connectionId === 'b');
    assert.deepEqual(
      ticks.map(({ sequence }) => sequence - START / 1000),
      [14],
    );
  });

  it('starts no runner while one is active', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    await connect(world, 'first');
    await world.clock.advanceTo(START + 10_300);
    const wakes = () => world.messages.filter(({ reason }) => reason === 'wake').length;
    const before = wakes();
    await connect(world, 'second');
    await world.clock.advanceTo(START + 15_000);

    assert.equal(wakes(), before);
  });

  it('starts a runner if the last one has failed', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    await connect(world, 'first');
    await world.clock.advanceTo(START + 10_000);
    for (const runner of world.living) runner.kill();
    await world.clock.advanceTo(START + 11_600);
    await connect(world, 'second');
    await world.clock.advanceTo(START + 13_100);

    assert.ok(world.messages.some(({ reason, sentBy }) => reason === 'wake' && sentBy === 'second'));
    assert.equal(world.deliveries.at(-1)?.sequence, START / 1000 + 13);
  });

  it('starts a runner with its second message if the first is lost', async () => {
    let sent = 0;
    const world = new SimulatedWorld({ startMillis: START, isLost: () => sent++ === 0 });
    await connect(world, 'viewer');
    await world.clock.advanceTo(START + 3_100);

    assert.ok(world.deliveries.some(({ connectionId }) => connectionId === 'viewer'));
  });

  it('is admitted although no runner can be started', async () => {
    const world = new SimulatedWorld({ startMillis: START, canSend: false });

    assert.equal(await connect(world, 'viewer'), 101);
    assert.deepEqual(await rows(world), ['viewer']);
  });
});
