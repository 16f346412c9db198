// Runners whose clocks are wrong, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MachineClock } from '../../support/simulated-clock.ts';
import type { WorldOptions } from '../../support/simulated-world.ts';
import { assertNoneTwice, makeWorld, messageNow, missing, range, START, sent } from './lone-viewer.ts';

const HOUR = 3_600_000;

/** A world in which one machine is wrong. */
function withWrong(machine: string, offsetMillis: number, options: Partial<WorldOptions> = {}) {
  return makeWorld({ ...options, clockOf: (name) => (name === machine ? { offsetMillis } : {}) });
}

describe('a runner whose clock is wrong', () => {
  for (const offsetMillis of [-2 * HOUR, 2 * HOUR, -2_500, 2_500, -2_000]) {
    it(`sends nothing and calls a successor if it is wrong by ${offsetMillis} ms`, async () => {
      for (const intervalMillis of [1_000, 10_000]) {
        for (const arrivalMillis of [0, 350, 900, 7_500]) {
          const world = await withWrong('runner-0', offsetMillis, { intervalMillis });
          await world.clock.advanceTo(START + arrivalMillis);
          const wrong = world.invoke();
          await world.clock.advanceTo(START + 60_500);

          assert.deepEqual([wrong.report?.exit, wrong.report?.sent], ['clock wrong', 0]);
          assert.deepEqual([world.clockErrors, world.messages[0]?.reason], [1, 'relieve']);
          assert.deepEqual(
            new Set(world.deliveries.map(({ aheadMillis }) => aheadMillis)),
            new Set([0]),
            'only the others send',
          );
          const first = Math.floor((arrivalMillis + 3_900) / intervalMillis) + 1;
          assert.deepEqual(missing(world, first, 60_000 / intervalMillis), []);
        }
      }
    });
  }

  it('sends no tick that is more than 2.5 s wrong if its witnesses cannot detect the error', async () => {
    for (let arrivalMillis = 0; arrivalMillis < 1_000; arrivalMillis += 50) {
      const world = await withWrong('runner-0', 2_300);
      await world.clock.advanceTo(START + arrivalMillis);
      world.invoke();
      await world.clock.advanceTo(START + 30_000);

      assert.ok(world.deliveries.every(({ aheadMillis }) => aheadMillis <= 2_500));
      assert.deepEqual(missing(world, 6, 30), []);
    }
  });

  it('does not take over from a leader whose clock is right', async () => {
    for (const offsetMillis of [-2 * HOUR, 2 * HOUR]) {
      const world = await withWrong('runner-9', offsetMillis);
      world.invoke();
      await world.clock.advanceTo(START + 10_200);
      const machine = new MachineClock(world.clock, { offsetMillis });
      const wrong = world.invoke({ machine });
      await world.clock.advanceTo(START + 30_000);

      assert.equal(wrong.report?.exit, 'clock wrong');
      assert.deepEqual(sent(world), range(1, 30));
    }
  });

  it('continues and is reported if the deployment does not refuse wrong clocks', async () => {
    for (const offsetMillis of [-2 * HOUR, 2 * HOUR]) {
      const clockOf = (name: string) => (['table', 'queue'].includes(name) ? { offsetMillis } : {});
      const world = await makeWorld({ clockOf, refuseWrongClock: false });
      const runner = world.invoke();
      await world.clock.advanceTo(START + 20_000);

      assert.equal(runner.report, undefined);
      assert.deepEqual(sent(world), range(1, 20));
      assert.equal(world.clockErrors, world.runners.length);
    }
  });

  it('continues if no witness answers', async () => {
    const world = await withWrong('runner-0', HOUR, { witnessDates: [] });
    const wrong = world.invoke();
    await world.clock.advanceTo(START + 5_000);

    assert.deepEqual([wrong.report, world.clockErrors], [undefined, 0]);
  });

  it('is one of at most sixteen that call each other if the clocks of all machines are wrong', async () => {
    const services = ['table', 'queue', 'gateway', 'gateway events', 'schedule', 'connect'];
    for (const intervalMillis of [1_000, 10_000]) {
      const clockOf = (name: string) => (services.includes(name) ? {} : { offsetMillis: -HOUR });
      const world = await makeWorld({ intervalMillis, clockOf });
      world.invoke();
      await world.clock.advanceTo(START + 300_000);

      assert.deepEqual([world.runners.length, world.clockErrors, world.deliveries.length], [16, 16, 0]);
    }
  });

  it('leaves ticks that it claimed too early, and its successor sends the ticks after them', async () => {
    const exits = [];
    for (const sentBy of ['the leader that was ahead', 'a runner that never led']) {
      const world = await makeWorld();
      await world.relay().claim(START + 3_000, 'the leader that was ahead');
      const successor = world.invoke({ trigger: messageNow(world, 'relieve', { sentBy }) });
      await world.clock.advanceTo(START + 10_000);
      exits.push(successor.report?.exit);
      if (successor.report === undefined) assert.deepEqual(missing(world, 4, 9), []);
    }
    assert.deepEqual(exits, [undefined, 'another leads']);
  });

  it('increases the attempts of the message that started it', async () => {
    const world = await withWrong('runner-0', HOUR);
    world.invoke({ trigger: messageNow(world, 'relieve', { attempts: 5 }) });
    await world.clock.advanceTo(START + 200);

    assert.deepEqual(
      world.messages.map(({ reason, attempts }) => [reason, attempts]),
      [['relieve', 6]],
    );
  });
});

describe('one witness that is wrong', () => {
  for (const witness of ['table', 'queue', 'gateway', 'schedule']) {
    it(`does not stop the ticks: the ${witness}`, async () => {
      for (const offsetMillis of [-2 * HOUR, 2 * HOUR, -5_000, 5_000]) {
        for (const intervalMillis of [1_000, 10_000]) {
          const world = await withWrong(witness, offsetMillis, { intervalMillis });
          world.invoke();
          await world.clock.advanceTo(START + 59_000);
          world.invoke();
          await world.clock.advanceTo(START + 120_500);

          assert.deepEqual(sent(world), range(1, 120_000 / intervalMillis), `${offsetMillis} ms`);
          assert.equal(world.clockErrors, 0);
        }
      }
    });
  }
});

describe('the bound of the clock', () => {
  it('is recorded', async () => {
    const world = await withWrong('runner-0', 300);
    world.invoke();
    await world.clock.advanceTo(START + 61_500);

    const bound = world.measurements[0]?.clockBoundMillis ?? Number.NaN;
    assert.ok(bound >= 300 && bound <= 1_700, `${bound}`);
  });

  it('is absent if no witness answers', async () => {
    const world = await makeWorld({ witnessDates: [] });
    world.invoke();
    await world.clock.advanceTo(START + 61_500);

    assert.equal(world.measurements[0]?.ticksSent, 60);
    assert.equal('clockBoundMillis' in (world.measurements[0] ?? {}), false);
  });
});

describe('a boundary in the future that a wrong clock has claimed', () => {
  for (const intervalMillis of [1_000, 10_000]) {
    it(`delays no right tick, at an interval of ${intervalMillis} ms`, async () => {
      for (const count of [1, 2]) {
        const world = await makeWorld({ intervalMillis });
        for (let claim = 0; claim < count; claim++) {
          await world.relay().claim(START + HOUR + claim * intervalMillis, 'wrong');
        }
        world.invoke();
        await world.clock.advanceTo(START + 60_500);

        assert.deepEqual(missing(world, 1, 60_000 / intervalMillis), count === 1 ? [] : [1], `${count} claims`);
        assertNoneTwice(world);
      }
    });
  }

  it('does not lead to a tick that is sent twice', async () => {
    for (let atMillis = 5_000; atMillis < 6_000; atMillis += 50) {
      const world = await makeWorld();
      world.invoke();
      await world.clock.advanceTo(START + atMillis);
      await world.relay().claim(START + HOUR, 'wrong');
      await world.clock.advanceTo(START + 20_000);

      assert.deepEqual(sent(world), range(1, 20), `claimed at ${atMillis}`);
    }
  });
});
