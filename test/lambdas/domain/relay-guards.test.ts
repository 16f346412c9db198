// Guards, the messages that replace a failed leader, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedWorld } from '../../support/simulated-world.ts';
import { assertNoneTwice, makeWorld, messageNow, missing, range, START, sent } from './lone-viewer.ts';

/** Delays of the guards that a runner has sent, and when it sent them, in seconds. */
function guardsOf(world: SimulatedWorld, runnerId: string) {
  const guards = world.messages.filter(({ reason, sentBy }) => reason === 'guard' && sentBy === runnerId);
  return guards.map(({ delaySeconds, sentMillis }) => [(sentMillis - START) / 1_000, delaySeconds]);
}

describe('a runner that leads', () => {
  it('sends a guard on arrival, two after its first claim, and then one every three seconds', async () => {
    const world = await makeWorld({ latencyMillis: () => 0 });
    world.invoke();
    await world.clock.advanceTo(START + 13_500);

    assert.deepEqual(guardsOf(world, 'runner-0'), [
      [0, 3],
      [0.1, 6],
      [0.1, 8],
      ...[3, 6, 9, 12].map((second) => [second, 8]),
    ]);
    assert.equal(world.messages.length, 7, 'no guard sends another');
  });

  it('is replaced within 8 s if it is killed', async () => {
    // A runner sends its first guard shortly after its arrival, so start at 50 ms.
    for (let afterMillis = 50; afterMillis < 16_000; afterMillis += 130) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + afterMillis);
      leader.kill();
      await world.clock.advanceTo(START + afterMillis + 8_000);

      const next = world.deliveries.find(({ runnerId }) => runnerId !== leader.runnerId);
      assert.ok(next !== undefined, `killed after ${afterMillis} ms`);
      await world.clock.advanceTo(START + afterMillis + 20_000);
      assert.deepEqual(missing(world, sent(world).at(0) ?? 0, (sent(world).at(-1) ?? 0) - 11), [
        ...missing(world, sent(world).at(0) ?? 0, next.sequence - START / 1_000),
      ]);
      assertNoneTwice(world);
    }
  });

  it('counts the ticks that were not sent after its predecessor was killed', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 10_100);
    leader.kill();
    await world.clock.advanceTo(START + 30_000);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 40_000);

    const missed = world.runners.reduce((sum, { report }) => sum + (report?.missed ?? 0), 0);
    assert.deepEqual(missing(world, 1, 30).length, missed);
    assert.ok(missed > 0);
  });

  it('is replaced although the next guard is lost', async () => {
    for (let lost = 0; lost < 8; lost++) {
      let guards = 0;
      const world = await makeWorld({ isLost: () => guards++ === lost });
      const leader = world.invoke();
      await world.clock.advanceTo(START + 9_500);
      leader.kill();
      await world.clock.advanceTo(START + 25_000);

      assert.deepEqual(missing(world, 21, 25), [], `guard ${lost} is lost`);
    }
  });
});

describe('the runner of a guard', () => {
  it('leaves without sending anything if ticks are claimed', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 5_000);
    const [messages, calls] = [world.messages.length, { ...world.calls }];
    const guard = world.invoke({ trigger: messageNow(world, 'guard') });
    await world.clock.advanceTo(START + 5_300);

    assert.deepEqual(guard.report?.exit, 'not needed');
    assert.equal(world.messages.length, messages);
    assert.equal(world.calls.read, (calls.read ?? 0) + 1, 'it reads the relay');
    assert.deepEqual([world.calls.list, world.calls.claim], [calls.list, calls.claim]);
  });

  it('leads if no tick was claimed for an interval and a half', async () => {
    for (const [silentMillis, exit] of [
      [1_480, 'not needed'],
      [1_520, undefined],
    ] as const) {
      const world = await makeWorld({ latencyMillis: () => 0 });
      await world.relay().claim(START, 'killed');
      await world.clock.advanceTo(START + silentMillis);
      const guard = world.invoke({ trigger: messageNow(world, 'guard') });
      await world.clock.advanceTo(START + 4_000);

      assert.equal(guard.report?.exit, exit, `after ${silentMillis} ms`);
    }
  });

  it('has at most three others next to it while the table fails, and one of them leads afterwards', async () => {
    let isDown = false;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    world.invoke();
    await world.clock.advanceTo(START + 20_300);
    isDown = true;
    await world.clock.advanceTo(START + 80_300);
    const crowd = world.living.length;
    isDown = false;
    await world.clock.advanceTo(START + 90_000);

    assert.ok(crowd <= 4, `${crowd} runners`);
    assert.deepEqual(missing(world, 82, 90), []);
    assertNoneTwice(world);
    assert.equal(world.living.length, 1);
  });

  it('does not multiply while the table accepts no writes', async () => {
    const world = await makeWorld();
    const relay = world.relay();
    const { claim } = relay;
    relay.claim = () => Promise.reject(new Error('throttled'));
    world.invoke();
    await world.clock.advanceTo(START + 20_000);
    const crowd = world.living.length;
    relay.claim = claim;
    await world.clock.advanceTo(START + 25_000);

    assert.ok(crowd <= 4, `${crowd} runners`);
    assert.deepEqual(missing(world, 22, 25), []);
  });
});

describe('a runner that cannot read the relay', () => {
  it('sends its message again with a delay of two seconds, at most sixteen times', async () => {
    const world = await makeWorld({ fault: () => 'refused' });
    const runner = world.invoke({ trigger: messageNow(world, 'guard', { boundaryMillis: START, leadMillis: 1_400 }) });
    await world.clock.advanceTo(START + 100_000);

    assert.deepEqual([runner.report?.exit, runner.report?.sent], ['table unavailable', 0]);
    assert.deepEqual(
      world.messages.map(({ reason, delaySeconds, attempts }) => [reason, delaySeconds, attempts]),
      range(1, 16).map((attempt) => ['guard', 2, attempt]),
    );
    assert.ok(world.messages.every(({ boundaryMillis }) => boundaryMillis === START));
    assert.deepEqual(world.living, []);
  });

  it('calls a successor if the schedule has started it', async () => {
    let isDown = true;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    world.invoke();
    await world.clock.advanceTo(START + 1_500);
    isDown = false;
    await world.clock.advanceTo(START + 6_000);

    assert.equal(world.messages[0]?.reason, 'relieve');
    assert.deepEqual(missing(world, 4, 6), []);
  });

  it('retries if an answer is lost', async () => {
    let calls = 0;
    const world = await makeWorld({ fault: () => (calls++ < 2 ? 'answer lost' : 'none') });
    world.invoke();
    await world.clock.advanceTo(START + 3_000);

    assert.deepEqual(sent(world), range(1, 3));
  });
});
