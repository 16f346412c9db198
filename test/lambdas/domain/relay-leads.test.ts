// How long before its tick a runner is started, and changes of the interval, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeWorld, messageNow, missing, range, START, sentSeconds } from './lone-viewer.ts';

describe('the lead of a tick message', () => {
  it('grows with the lateness of the message that started the runner, and then shrinks', async () => {
    let latenessMillis = 0;
    const world = await makeWorld({
      intervalMillis: 10_000,
      coldStartMillis: () => 0,
      latenessMillis: () => latenessMillis,
    });
    const leadOf = (tick: number) => {
      const call = world.messages.find(
        ({ reason, boundaryMillis }) => reason === 'tick' && boundaryMillis === START + tick * 10_000,
      );
      return call?.leadMillis;
    };
    world.invoke();
    await world.clock.advanceTo(START + 15_000);
    assert.deepEqual([leadOf(1), leadOf(2)], [1_400, 1_400]);
    latenessMillis = 700;
    await world.clock.advanceTo(START + 25_000);
    latenessMillis = 0;
    await world.clock.advanceTo(START + 55_000);

    // The message of the second tick was already sent.
    assert.deepEqual([leadOf(3), leadOf(4)], [1_400, 2_100]);
    assert.deepEqual([leadOf(5), leadOf(6)], [2_030, 1_967]);
    assert.ok(world.lateness.includes(700));
  });

  it('loses no tick if every message is 1.5 s late', async () => {
    const world = await makeWorld({ intervalMillis: 10_000, latenessMillis: () => 1_500 });
    world.invoke();
    await world.clock.advanceTo(START + 200_500);

    assert.ok(missing(world, 1, 20).length <= 1, `${missing(world, 1, 20)}`);
    assert.deepEqual(missing(world, 4, 20), []);
  });

  it('grows with the lateness from the due time of the message', async () => {
    for (const latenessMillis of [0, 1_234]) {
      const world = await makeWorld({ latenessMillis: () => latenessMillis, coldStartMillis: () => 0 });
      world.invoke();
      await world.clock.advanceTo(START + 15_000);

      assert.ok(world.lateness.length >= 4);
      assert.deepEqual([...new Set(world.lateness)], [latenessMillis]);
    }
  });

  it('is not changed by an early message, whose lateness is recorded as negative', async () => {
    const world = await makeWorld();
    const { message } = messageNow(world, 'guard', { delaySeconds: 3 });
    world.invoke({ trigger: { reason: 'guard', message, sentAtMillis: START - 2_800 } });
    await world.clock.advanceTo(START + 100);

    assert.deepEqual(world.lateness, [-200]);
  });
});

describe('a change of the interval', () => {
  it('takes effect within ten seconds and one interval if it is longer, without a later tick of the old one', async () => {
    for (let atMillis = 25_000; atMillis < 35_000; atMillis += 370) {
      const world = await makeWorld();
      world.invoke();
      await world.clock.advanceTo(START + atMillis);
      world.receive = (shard, trigger) => world.invoke({ shard, trigger, intervalMillis: 10_000 });
      world.invoke({ intervalMillis: 10_000 });
      await world.clock.advanceTo(START + 100_500);

      const times = sentSeconds(world);
      const last = times.findLastIndex((time) => time % 10 !== 0);
      assert.ok((times[last] ?? 0) <= atMillis / 1_000 + 20, `deployed at ${atMillis}: ${times}`);
      assert.deepEqual(
        times.slice(last + 1),
        range(1, 10)
          .map((tick) => tick * 10)
          .slice(-times.slice(last + 1).length),
      );
      assert.ok(times.includes(50) && times.length >= last + 5);
    }
  });

  it('takes effect within ten seconds if it is shorter', async () => {
    for (let atMillis = 25_000; atMillis < 35_000; atMillis += 370) {
      const world = await makeWorld({ intervalMillis: 10_000 });
      world.invoke();
      await world.clock.advanceTo(START + atMillis);
      world.receive = (shard, trigger) => world.invoke({ shard, trigger, intervalMillis: 1_000 });
      world.invoke({ intervalMillis: 1_000 });
      await world.clock.advanceTo(START + 60_500);

      const first = Math.ceil(atMillis / 1_000) + 10;
      const expected = range(first, 60);
      assert.deepEqual(sentSeconds(world).slice(-expected.length), expected, `deployed at ${atMillis}`);
    }
  });
});
