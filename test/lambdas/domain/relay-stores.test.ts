// Runners whose table or gateway fails, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeMemoryConnectionStore } from '../../support/memory-stores.ts';
import { addViewer, assertNoneLate, assertNoneTwice, makeWorld, missing, range, START, sent } from './lone-viewer.ts';

describe('a runner whose table fails', () => {
  it('goes on when the table is back, and counts the loss once', async () => {
    let isDown = false;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    const leader = world.invoke();
    await world.clock.advanceTo(START + 5_100);
    isDown = true;
    await world.clock.advanceTo(START + 8_500);
    isDown = false;
    await world.clock.advanceTo(START + 20_000);
    world.invoke();
    await world.clock.advanceTo(START + 30_000);

    assert.deepEqual(sent(world), [...range(1, 5), ...range(9, 30)]);
    assert.equal(leader.report?.missed, 3);
  });

  it('counts what was not claimed before it came', async () => {
    let isDown = false;
    const world = await makeWorld({ canSend: false, fault: () => (isDown ? 'refused' : 'none') });
    const first = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 5_100);
    isDown = true;
    await world.clock.advanceTo(START + 20_500);
    isDown = false;
    const second = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 40_000);

    assert.equal(first.report?.missed, 0, 'it never learned what others did');
    assert.equal(second.report?.missed, 15);
    assert.deepEqual(sent(world), [...range(1, 5), ...range(21, 28)]);
  });

  it('sends every tick, though some late, while the table is slow', async () => {
    const world = await makeWorld({ latencyMillis: () => 500 });
    world.invoke();
    await world.clock.advanceTo(START + 20_000);
    world.invoke();
    await world.clock.advanceTo(START + 40_900);

    assert.deepEqual(sent(world), range(sent(world)[0] ?? 0, 40));
    assert.ok((sent(world)[0] ?? 0) <= 3);
    assertNoneLate(world);
  });

  it('takes a claim for won whose answer was lost', async () => {
    let calls = 0;
    const world = await makeWorld({ canSend: false, fault: () => (calls++ % 3 === 2 ? 'answer lost' : 'none') });
    const runner = world.invoke({ timeoutMillis: 30_000 });
    await world.clock.advanceTo(START + 40_000);

    assert.deepEqual(sent(world), range(1, 28));
    assert.equal(runner.report?.missed, 0);
    assertNoneTwice(world);
  });

  it('sends to the last roster while the table does not give a new one', async () => {
    const stores = makeMemoryConnectionStore();
    let answer: 'answers' | 'hangs' | 'fails' = 'answers';
    const connections = {
      ...stores,
      list: async (...args: Parameters<typeof stores.list>) => {
        if (answer === 'hangs') await new Promise(() => {});
        if (answer === 'fails') throw new Error('throttled');
        return stores.list(...args);
      },
    };
    const world = await makeWorld({ connections });
    const runner = world.invoke();
    for (const [millis, next] of [
      [3_500, 'hangs'],
      [6_500, 'fails'],
      [12_500, 'answers'],
    ] as const) {
      await world.clock.advanceTo(START + millis);
      answer = next;
      await addViewer(world, `viewer at ${millis}`);
      await world.relay().countArrival();
    }
    await world.clock.advanceTo(START + 20_000);

    const copies = (id: string) => world.deliveries.filter(({ connectionId }) => connectionId === id);
    assert.deepEqual([copies('viewer').length, runner.report], [20, undefined]);
    for (const millis of [3_500, 6_500, 12_500]) assert.equal(copies(`viewer at ${millis}`).length, 8);
    assertNoneLate(world);
  });

  it('counts ticks as missed when it never could read a roster', async () => {
    const list = () => Promise.reject(new Error('throttled'));
    const world = await makeWorld({ connections: { ...makeMemoryConnectionStore(), list }, canSend: false });
    const runner = world.invoke({ timeoutMillis: 4_000 });
    await world.clock.advanceTo(START + 10_000);

    assert.deepEqual([runner.report?.sent, runner.report?.missed], [0, 2]);
  });

  it('ends in time although the rows of those who are gone cannot be removed', async () => {
    const connections = { ...makeMemoryConnectionStore(), removeOld: () => new Promise<void>(() => {}) };
    const world = await makeWorld({ connections, canSend: false });
    world.viewers.clear();
    await addViewer(world, 'another');
    const runner = world.invoke({ timeoutMillis: 4_000 });
    await world.clock.advanceTo(START + 1_500);
    world.viewers.clear();
    await world.clock.advanceTo(START + 3_600);

    assert.equal(runner.report?.posts.gone, 2, 'one post for each, and none to those that are gone');
  });
});

describe('a runner whose gateway fails', () => {
  it('counts a tick as missed that no viewer got, whatever the gateway answered', async () => {
    for (const outcome of [
      'forbidden',
      'serverError',
      'throttled',
      'timedOut',
      'reset',
      'failed',
      'tooLarge',
    ] as const) {
      const world = await makeWorld({ outcome: () => outcome, canSend: false });
      const runner = world.invoke({ timeoutMillis: 5_000 });
      await world.clock.advanceTo(START + 6_000);

      const { sent, missed, posts } = runner.report ?? assert.fail('the runner has left');
      assert.deepEqual([sent, missed, posts[outcome]], [0, 3, 3], outcome);
      assert.deepEqual(
        world.measurements.map(({ viewers, ticksMissed }) => [viewers, ticksMissed]),
        [[1, 3]],
      );
    }
  });

  it('records that in two of any five minutes, or more, even at one tick a minute', async () => {
    for (const intervalMillis of [1_000, 30_000, 60_000]) {
      const world = await makeWorld({ intervalMillis, outcome: () => 'timedOut' });
      const minutes: boolean[] = [];
      for (let minute = 0; minute < 40; minute++) {
        const before = world.measurements.length;
        world.invoke();
        await world.clock.advanceTo(START + (minute + 1) * 60_000 + 7_000);
        minutes.push(world.measurements.slice(before).some(({ ticksMissed }) => ticksMissed > 0));
      }
      for (let first = 5; first <= minutes.length - 5; first++) {
        const told = minutes.slice(first, first + 5).filter(Boolean);
        assert.ok(told.length >= 2, `${told.length} from minute ${first} on, ${intervalMillis} ms`);
      }
    }
  });

  it('counts a tick as sent that one of two viewers got, and one that found every viewer gone', async () => {
    let posts = 0;
    const world = await makeWorld({ outcome: () => (++posts % 2 === 0 ? 'serverError' : 'delivered'), canSend: false });
    await addViewer(world, 'second');
    const runner = world.invoke({ timeoutMillis: 6_000 });
    await world.clock.advanceTo(START + 2_500);
    for (const viewer of ['viewer', 'second']) world.disconnect(viewer, false);
    await world.clock.advanceTo(START + 7_000);

    assert.deepEqual([runner.report?.exit, runner.report?.sent, runner.report?.missed], ['empty', 3, 0]);
    assert.equal(runner.report?.posts.gone, 2);
    assert.deepEqual(missing(world, 1, 2), []);
  });
});
