import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Connection, makeConnection, SETTLING_MILLIS } from '../../../lambdas/domain/connection.ts';
import { Removals } from '../../../lambdas/domain/removals.ts';
import { makeMemoryConnectionStore, silentLog } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const NOW = 1_763_861_880_000;

/** @param millis duration of each removal */
function prepare({ millis = 10, fails = false } = {}) {
  const clock = new SimulatedClock(NOW);
  const removed: string[] = [];
  const writtenBefore: number[] = [];
  let atATime = 0;
  let maxAtATime = 0;
  const connections = {
    ...makeMemoryConnectionStore(),
    async removeOld(connectionId: string, writtenBeforeMillis: number) {
      writtenBefore.push(writtenBeforeMillis);
      maxAtATime = Math.max(maxAtATime, ++atATime);
      await clock.sleepUntil(clock.now() + millis);
      atATime--;
      if (fails) throw new Error('throttled');
      removed.push(connectionId);
    },
  };
  const removals = new Removals({ clock, connections, log: silentLog });
  return { clock, removals, removed, writtenBefore, maxAtATime: () => maxAtATime };
}

function old(count: number): Connection[] {
  return Array.from({ length: count }, (_, index) => makeConnection(`viewer-${index}`, NOW - 60_000));
}

describe('the removals', () => {
  it('keep young rows, because their $connect may not have returned', async () => {
    const { clock, removals, removed } = prepare();

    const young = makeConnection('young', NOW - SETTLING_MILLIS);
    const settled = removals.add([young, makeConnection('old', NOW - SETTLING_MILLIS - 1)]);
    removals.run(NOW + 500);
    await clock.advanceTo(NOW + 500);

    assert.deepEqual(removed, ['old']);
    assert.deepEqual(
      settled.map(({ connectionId }) => connectionId),
      ['old'],
    );
  });

  it('remove a row once, although its connection is found gone again in the meantime', async () => {
    const { clock, removals, removed } = prepare();

    for (let tick = 0; tick < 3; tick++) removals.add(old(2));
    removals.run(NOW + 500);
    await clock.advanceTo(NOW + 1_000);

    assert.equal(removed.length, 2);
  });

  it('run a few at a time, and continue in the next interval', async () => {
    const { clock, removals, removed, maxAtATime } = prepare({ millis: 100 });

    removals.add(old(100));
    removals.run(NOW + 500);
    await clock.advanceTo(NOW + 1_000);
    assert.equal(removed.length, 40);
    removals.run(NOW + 1_500);
    await clock.advanceTo(NOW + 2_000);

    assert.equal(removed.length, 80);
    assert.equal(maxAtATime(), 8);
  });

  it('start nothing while others hang', async () => {
    const { clock, removals, maxAtATime } = prepare({ millis: 60_000 });

    removals.add(old(100));
    for (let tick = 0; tick < 5; tick++) {
      removals.run(clock.now() + 500);
      await clock.advanceTo(clock.now() + 1_000);
    }

    assert.equal(maxAtATime(), 8);
  });

  it('can be awaited while they run', async () => {
    const { clock, removals, removed } = prepare({ millis: 100 });

    removals.add(old(1));
    removals.run(NOW + 500);
    let awaited: number | undefined;
    removals.run(NOW + 500).then(() => {
      awaited = removed.length;
    });
    await clock.advanceTo(NOW + 200);

    assert.equal(awaited, 1);
  });

  it('continue after a removal that failed', async () => {
    const { clock, removals, removed } = prepare({ fails: true });

    removals.add(old(1));
    removals.run(NOW + 500);
    await clock.advanceTo(NOW + 500);

    assert.deepEqual(removed, []);
  });

  it('remove only rows that were old enough at the start', async () => {
    const { clock, removals, writtenBefore } = prepare();

    removals.add(old(1));
    await clock.advanceTo(NOW + 700);
    removals.run(NOW + 1_200);
    await clock.advanceTo(NOW + 1_200);

    assert.deepEqual(writtenBefore, [NOW + 700 - SETTLING_MILLIS]);
  });

  it('retry a row that could not be removed when its connection is found gone again', async () => {
    const { clock, removals, writtenBefore } = prepare({ fails: true });

    for (let tick = 0; tick < 2; tick++) {
      removals.add(old(1));
      removals.run(clock.now() + 500);
      await clock.advanceTo(clock.now() + 1_000);
    }

    assert.equal(writtenBefore.length, 2);
  });
});
