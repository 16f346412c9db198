// Runners that stay, on simulated time: how one leads and how another succeeds it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NO_POSTS } from '../../../lambdas/domain/outcomes.ts';
import { assertNoneLate, assertNoneTwice, makeWorld, messageNow, missing, range, START, sent } from './lone-viewer.ts';

describe('a runner', () => {
  it('sends the next tick unless its claim would be too late', async () => {
    for (const [arrivalMillis, first] of [
      [0, 1],
      [700, 1],
      [900, 2],
    ] as const) {
      const world = await makeWorld();
      await world.clock.advanceTo(START + arrivalMillis);
      world.invoke();
      await world.clock.advanceTo(START + 3_000);

      assert.deepEqual(sent(world), range(first, 3));
    }
  });

  it('claims 400 ms before each boundary while it leads', async () => {
    const world = await makeWorld({ latencyMillis: () => 0 });
    const claims: number[] = [];
    const relay = world.relay();
    const { claim } = relay;
    relay.claim = (...args) => {
      claims.push(args[0] - world.clock.now());
      return claim(...args);
    };
    world.invoke();
    await world.clock.advanceTo(START + 5_000);

    assert.deepEqual(claims, [900, 400, 400, 400, 400]);
  });

  it('leads until its successor arrives, at any moment, and no tick is lost or sent twice', async () => {
    for (let phase = 0; phase < 1_000; phase += 20) {
      const world = await makeWorld();
      const first = world.invoke();
      await world.clock.advanceTo(START + 20_000 + phase);
      const second = world.invoke();
      await world.clock.advanceTo(START + 23_000);

      assert.deepEqual(sent(world), range(1, 23), `successor at ${phase} ms`);
      assert.equal(first.report?.exit, 'another leads');
      assert.deepEqual([first.report?.missed, second.report], [0, undefined]);
    }
  });

  it('claims the second boundary immediately if it has lost the first one', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 20_620);
    const { runnerId } = world.invoke();
    await world.clock.advanceTo(START + 20_800);

    const { leader, lastBoundaryMillis } = await world.relay().read();
    assert.deepEqual([leader, lastBoundaryMillis], [runnerId, START + 22_000]);
  });

  it('leaves if it has lost its first two claims', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 20_000);
    await world.relay().claim(START + 22_000, 'another');
    const newcomer = world.invoke();
    await world.clock.advanceTo(START + 22_000);

    assert.deepEqual([leader.report?.exit, newcomer.report?.exit], ['another leads', 'another leads']);
    assert.ok(newcomer.leftMillis < START + 20_400, 'it claims the second at once');
    assert.deepEqual(
      world.measurements.map(({ claimsLost }) => claimsLost),
      [2, 1],
    );
  });

  it('leaves if it is a duplicate, so that one leader remains', async () => {
    for (const delaysMillis of [
      [0, 0],
      [0, 5, 10],
      [0, 400],
      [0, 950, 1_400],
      [0, 1_500],
    ]) {
      const world = await makeWorld();
      for (const delayMillis of delaysMillis) {
        await world.clock.advanceTo(START + delayMillis);
        world.invoke();
      }
      await world.clock.advanceTo(START + 20_000);

      const leaders = world.living.filter(({ arrivedMillis }) => arrivedMillis < START + 2_000);
      assert.equal(leaders.length, 1, `${delaysMillis}`);
      assert.deepEqual(sent(world), range(1, 20));
    }
  });

  it('succeeds the sender of a relieve message, but not that of a guard or wake message', async () => {
    for (const reason of ['relieve', 'guard', 'wake', 'tick'] as const) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + 10_100);
      const newcomer = world.invoke({ trigger: messageNow(world, reason) });
      await world.clock.advanceTo(START + 12_000);

      const exits = reason === 'relieve' ? ['another leads', undefined] : [undefined, 'not needed'];
      assert.deepEqual([leader.report?.exit, newcomer.report?.exit], exits, reason);
      assert.deepEqual(sent(world), range(1, 12));
    }
  });

  it('calls its successor before its time is up if no other runner has come, and no tick is lost', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 1_000_000);

    assert.deepEqual(sent(world), range(1, 1_000));
    const calls = world.messages.filter(({ reason }) => reason === 'relieve');
    assert.deepEqual(
      calls.slice(0, 2).map(({ sentBy, delaySeconds }) => [sentBy, delaySeconds]),
      [
        ['runner-0', 0],
        [calls[1]?.sentBy, 0],
      ],
    );
    assert.ok(calls.length >= 6 && calls.length <= 7, `${calls.length} calls`);
    // The runners overlap by less than 4 s per minute.
    assert.ok(world.billedMillis(START, START + 1_000_000) < 64_000 * (1_000 / 60));
  });

  it('leaves when its time is up, even without a successor', async () => {
    const world = await makeWorld({ canSend: false });
    const runner = world.invoke({ timeoutMillis: 20_000 });
    await world.clock.advanceTo(START + 30_000);

    const posts = { ...NO_POSTS, delivered: 18 };
    assert.deepEqual(runner.report, { exit: 'time is up', sent: 18, missed: 0, posts });
    assert.ok(runner.leftMillis < START + 19_000);
  });

  it('sends nothing late after it was frozen, and leaves if another runner has taken over', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 20_000 - 200);
    leader.freeze(6_500);
    await world.clock.advanceTo(START + 40_000);

    assert.equal(leader.report?.exit, 'another leads');
    assert.deepEqual(missing(world, 1, 19), []);
    assert.ok(missing(world, 20, 40).length <= 6, `${missing(world, 20, 40)}`);
    assertNoneLate(world);
    assertNoneTwice(world);
  });

  it('counts the ticks that it missed while it was frozen once, if no other runner sent them', async () => {
    const world = await makeWorld({ canSend: false });
    const runner = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 3_000 - 200);
    runner.freeze(2_500);
    await world.clock.advanceTo(START + 20_000);

    assert.deepEqual([missing(world, 1, 8), runner.report?.missed], [[3, 4, 5], 3]);
    assertNoneLate(world);
  });

  it('does not count ticks as missed that others sent while it was frozen', async () => {
    for (let phase = 0; phase < 1_000; phase += 50) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + 10_050 + phase);
      leader.freeze(12_000);
      await world.clock.advanceTo(START + 100_000);
      world.invoke();
      await world.clock.advanceTo(START + 110_000);
      for (const runner of world.living.slice(1)) runner.kill();
      await world.disconnect('viewer');
      await world.clock.advanceTo(START + 115_000);

      const lost = missing(world, 1, 109);
      const missed = world.runners.reduce((sum, { report }) => sum + (report?.missed ?? 0), 0);
      assert.ok(lost.length <= 8, `frozen at ${phase}: ${lost}`);
      assert.equal(missed, lost.length, `frozen at ${phase}: ${lost} are missing`);
      assertNoneTwice(world);
    }
  });
});
