// Clocks that are set during a run, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedWorld } from '../../support/simulated-world.ts';
import { addViewer, assertNoneTwice, makeWorld, missing, range, START, sent } from './lone-viewer.ts';

/** Time that each tick shows minus the time at which it was sent by the clocks of the services. */
function errors(world: SimulatedWorld): number[] {
  const ahead = world.machine('table').aheadMillis;
  return world.deliveries.map(({ sequence, sentMillis }) => sequence * world.intervalMillis - (sentMillis + ahead));
}

const STEPS = [-600_000, 600_000, -3_000, 3_000, -1_200, 1_200];

/** Moments within an interval. */
const PHASES = [50, 350, 620, 700, 990];

describe('a leader whose clock is set', () => {
  for (const millis of STEPS.filter((step) => Math.abs(step) > 2_400)) {
    it(`is replaced and sends no wrong tick if it is set by ${millis} ms`, async () => {
      for (const phase of PHASES) {
        const world = await makeWorld();
        const leader = world.invoke();
        await world.clock.advanceTo(START + 10_000 + phase);
        leader.machine.step(millis);
        await world.clock.advanceTo(START + 30_000);

        assert.equal(leader.report?.exit, 'clock wrong', `at ${phase}`);
        assert.ok(world.deliveries.every(({ aheadMillis }) => aheadMillis === 0));
        assert.ok(missing(world, 1, 30).length <= 3, `at ${phase}: ${missing(world, 1, 30)}`);
        assertNoneTwice(world);
      }
    });
  }

  it('sends no tick twice if the step is too small for its witnesses', async () => {
    for (const millis of [-900, 900, -1_200, 1_200, -1_900, 1_900]) {
      for (const phase of PHASES) {
        const world = await makeWorld();
        const leader = world.invoke();
        await world.clock.advanceTo(START + 10_000 + phase);
        leader.machine.step(millis);
        await world.clock.advanceTo(START + 30_000);

        assert.ok(world.deliveries.every(({ aheadMillis }) => Math.abs(aheadMillis) <= 2_500));
        assert.ok(missing(world, 1, 26).length <= 3, `${millis} at ${phase}: ${missing(world, 1, 26)}`);
        assertNoneTwice(world);
      }
    }
  });

  it('sends no further copies of the current tick', async () => {
    for (const millis of STEPS.filter((step) => Math.abs(step) > 2_400)) {
      const world = await makeWorld({ intervalMillis: 4_000, postMillis: () => 350 });
      for (let viewer = 0; viewer < 50; viewer++) await addViewer(world, `viewer-${viewer}`);
      const leader = world.invoke();
      await world.clock.advanceTo(START + 12_500);
      const copies = world.deliveries.length;
      leader.machine.step(millis);
      await world.clock.advanceTo(START + 13_900);

      assert.ok(copies > 100 && copies < 150, `${copies}`);
      const late = world.deliveries.slice(copies).filter(({ aheadMillis }) => aheadMillis !== 0);
      assert.deepEqual(late, [], `after a step of ${millis} ms`);
    }
  });

  it('continues after a small correction', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    for (let second = 5; second < 25; second++) {
      await world.clock.advanceTo(START + second * 1_000 + 700);
      leader.machine.step(second % 2 === 0 ? 200 : -200);
    }
    await world.clock.advanceTo(START + 30_000);

    assert.equal(leader.report, undefined);
    assert.deepEqual(sent(world), range(1, 30));
  });

  it('claims and sends nothing before its witnesses have answered again', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 10_700);
    const claims = world.calls.claim;
    leader.machine.step(-900);
    leader.machine.step(300);
    await world.clock.advanceTo(START + 11_200);

    assert.deepEqual([leader.report, world.calls.claim], [undefined, claims]);
    assert.deepEqual(sent(world), range(1, 10));
  });
});

describe('a runner that sleeps between ticks, and whose clock is set', () => {
  it('loses at most one tick', async () => {
    for (const millis of STEPS) {
      for (let atMillis = 17_700; atMillis < 20_100; atMillis += 150) {
        const world = await makeWorld({ intervalMillis: 10_000 });
        world.invoke();
        await world.clock.advanceTo(START + atMillis);
        for (const { machine } of world.living) machine.step(millis);
        await world.clock.advanceTo(START + 60_500);

        assert.ok(missing(world, 1, 6).length <= 1, `${millis} at ${atMillis}: ${missing(world, 1, 6)}`);
        assert.ok(world.deliveries.every(({ aheadMillis }) => Math.abs(aheadMillis) <= 2_500));
        assertNoneTwice(world);
      }
    }
  });
});

describe('clocks that are all set together', () => {
  for (const millis of STEPS) {
    it(`are followed by right ticks within five seconds if they are set by ${millis} ms`, async () => {
      for (const phase of PHASES) {
        const world = await makeWorld();
        world.invoke();
        await world.clock.advanceTo(START + 20_000 + phase);
        const before = world.deliveries.length;
        world.stepAll(millis);
        await world.clock.advanceTo(START + 50_000);

        const after = world.deliveries.slice(before);
        const times = after.map(({ sentMillis }) => sentMillis - START);
        assert.ok((times[0] ?? Number.NaN) <= 25_000 + phase, `at ${phase}: ${times[0]}`);
        assert.ok(after.length >= 25, `at ${phase}: ${after.length}`);
        assert.deepEqual(new Set(errors(world).slice(before)), new Set([0]));
        assert.equal(world.clockErrors, 0);
        // After a step back a tick may have a number that was sent before.
        if (millis > 0) assertNoneTwice(world);
      }
    });
  }

  for (const millis of STEPS) {
    it(`are followed by right ticks within an interval and ten seconds when runners sleep, by ${millis} ms`, async () => {
      for (let atMillis = 20_500; atMillis < 30_500; atMillis += 700) {
        const world = await makeWorld({ intervalMillis: 10_000 });
        world.invoke();
        await world.clock.advanceTo(START + atMillis);
        const before = world.deliveries.length;
        world.stepAll(millis);
        await world.clock.advanceTo(START + atMillis + 60_000);

        const times = world.deliveries.slice(before).map(({ sentMillis }) => sentMillis - START - atMillis);
        const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
        assert.ok(Math.max(...gaps) <= 30_000 && times.length >= 4, `at ${atMillis}: ${times}`);
        assert.deepEqual(new Set(errors(world).slice(before)), new Set([0]));
      }
    });
  }
});

describe('a recorded start of a runner', () => {
  it('does not prevent a viewer from starting a runner if a wrong clock has recorded it', async () => {
    const world = await makeWorld();
    await world.relay().beginWaking('wrong', START + 3_600_000, 2_000);
    world.connect('next');
    await world.clock.advanceTo(START + 2_050);

    assert.equal(world.messages.filter(({ reason }) => reason === 'wake').length, 3);
    assert.ok(world.deliveries.length > 0);
  });
});
