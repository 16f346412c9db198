// Single rules of the relay on simulated time. histories.test.ts has them all together.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { SEND_WINDOW_MILLIS } from '../../../lambdas/domain/delivery.ts';
import { NO_POSTS } from '../../../lambdas/domain/outcomes.ts';
import { MIN_TENURE_MILLIS } from '../../../lambdas/domain/relay.ts';
import { boundaryMillis } from '../../../protocol/tick.ts';
import { makeMemoryConnectionStore } from '../../support/memory-stores.ts';
import { SimulatedWorld, type WorldOptions } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;

/** A world with one viewer who has been there for a minute, where no runner comes but those that the test invokes. */
async function makeWorld(options: Partial<WorldOptions> = {}): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ startMillis: START, canWake: false, ...options });
  world.viewers.set('viewer', { connectedMillis: START - 60_000 });
  await world.connections.put(makeConnection('viewer', START - 60_000));
  return world;
}

/** Numbers of the ticks that were sent; the one at the start is 0. */
function sent(world: SimulatedWorld): number[] {
  return world.deliveries.map(({ sequence }) => sequence - START / world.intervalMillis);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function assertNoneLate(world: SimulatedWorld): void {
  for (const { sequence, sentMillis } of world.deliveries) {
    const lateMillis = sentMillis - boundaryMillis(sequence, world.intervalMillis);
    assert.ok(
      lateMillis >= 0 && lateMillis < SEND_WINDOW_MILLIS,
      `${sequence} left ${lateMillis} ms after its boundary`,
    );
  }
}

describe('a runner', () => {
  it('sends the next tick but for those whose claim would come too late', async () => {
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

  it('leads until the runner after the next one comes, and loses no tick in leaving', async () => {
    const world = await makeWorld();
    const first = world.invoke();
    await world.clock.advanceTo(START + 60_200);
    const second = world.invoke();
    await world.clock.advanceTo(START + 119_000);
    assert.equal(first.report, undefined, 'the first leads, the second stands by');
    await world.clock.advanceTo(START + 120_200);
    const third = world.invoke();
    await world.clock.advanceTo(START + 125_000);

    assert.deepEqual(first.report, {
      left: 'another leads',
      sent: 121,
      missed: 0,
      posts: { ...NO_POSTS, delivered: 121 },
    });
    assert.deepEqual([second.report, third.report], [undefined, undefined]);
    assert.deepEqual(sent(world), range(1, 125));
  });

  it('is not needed beside a leader and a stand-by who has only just come', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 60_000);
    world.invoke();
    await world.clock.advanceTo(START + 60_000 + MIN_TENURE_MILLIS - 10);
    const duplicate = world.invoke();
    await world.clock.advanceTo(START + 60_000 + MIN_TENURE_MILLIS + 50);

    assert.equal(duplicate.report?.left, 'not needed');
    assert.equal(world.living.length, 2);
  });

  it('is not needed beside another newcomer who is about to lead', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 50);
    const second = world.invoke();
    await world.clock.advanceTo(START + 200);

    assert.equal(second.report?.left, 'not needed');
  });

  it('wakes another when it leads and nobody stands by, once', async () => {
    const world = await makeWorld({ canWake: true });
    world.invoke();
    await world.clock.advanceTo(START + 10_000);
    assert.equal(world.runners.length, 2);
    world.runners[1]?.kill();
    await world.clock.advanceTo(START + 20_000);

    assert.equal(world.runners.length, 3);
    assert.equal(world.living.length, 2);
    assert.deepEqual(sent(world), range(1, 20));
  });

  it('wakes no other before its first tick, so runners that die of one do not wake one another', async () => {
    const world = await makeWorld({ canWake: true });
    const first = world.invoke();
    await world.clock.advanceTo(START + 1_000);
    first.kill();
    await world.clock.advanceTo(START + 30_000);

    assert.equal(world.runners.length, 1);
  });

  it('leaves when its time is up, and the stand-by goes on without a gap', async () => {
    const world = await makeWorld();
    const first = world.invoke({ timeoutMillis: 20_000 });
    await world.clock.advanceTo(START + 10_000);
    world.invoke();
    await world.clock.advanceTo(START + 30_000);

    assert.equal(first.report?.left, 'time is up');
    assert.equal(first.report?.sent, 19);
    assert.deepEqual(sent(world), range(1, 30));
  });

  it('takes over from a leader that was killed, at the cost of a tick or two at most', async () => {
    for (let phase = 0; phase < 1_000; phase += 25) {
      const world = await makeWorld();
      const leader = world.invoke();
      await world.clock.advanceTo(START + 10_000);
      world.invoke();
      await world.clock.advanceTo(START + 20_000 + phase);
      leader.kill();
      await world.clock.advanceTo(START + 30_000);

      const lost = range(1, 30).filter((tick) => !sent(world).includes(tick));
      assert.ok(lost.length <= 1, `killed at ${phase}: ${lost} are missing`);
    }
  });

  it('sends nothing late after it was frozen, and leaves to the one that took over', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 10_000);
    world.invoke();
    await world.clock.advanceTo(START + 20_000 - 200);
    leader.freeze(2_500);
    await world.clock.advanceTo(START + 30_000);

    assert.deepEqual(sent(world), [...range(1, 19), ...range(21, 30)], 'it held the claim of 20');
    assert.deepEqual([leader.report?.left, leader.report?.missed], ['another leads', 1]);
    assertNoneLate(world);
  });

  it('does not count as missed what others sent while it was frozen', async () => {
    for (let phase = 0; phase < 1_000; phase += 50) {
      const world = await makeWorld();
      const leader = world.invoke({ timeoutMillis: 40_000 });
      await world.clock.advanceTo(START + 5_000);
      world.invoke({ timeoutMillis: 35_000 });
      await world.clock.advanceTo(START + 10_050 + phase);
      leader.freeze(8_000);
      await world.clock.advanceTo(START + 30_000);
      world.invoke();
      await world.clock.advanceTo(START + 60_000);

      const lost = range(1, 59).filter((tick) => !sent(world).includes(tick));
      const missed = world.runners.reduce((sum, { report }) => sum + (report?.missed ?? 0), 0);
      assert.ok(
        lost.length <= 1 && missed === lost.length,
        `frozen at ${phase}: ${lost} are missing, counted ${missed}`,
      );
    }
  });

  it('counts what it missed when it was frozen alone', async () => {
    const world = await makeWorld();
    const runner = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 3_000 - 200);
    runner.freeze(2_500);
    await world.clock.advanceTo(START + 20_000);

    assert.deepEqual(sent(world), [1, 2, 6, 7, 8, 9]);
    assert.equal(runner.report?.missed, 3);
    assertNoneLate(world);
  });

  it('keeps to its interval', async () => {
    const world = await makeWorld({ intervalMillis: 7_000 });
    world.invoke();
    await world.clock.advanceTo(START + 60_000);
    world.invoke();
    await world.clock.advanceTo(START + 120_000);
    world.invoke();
    await world.clock.advanceTo(START + 180_000);

    const sequences = world.deliveries.map(({ sequence }) => sequence);
    assert.deepEqual(sequences, range(sequences[0] ?? 0, (sequences[0] ?? 0) + 25));
    assertNoneLate(world);
  });

  it('changes over to another interval without a tick of the old one after the new leader has begun', async () => {
    const world = await makeWorld();
    world.invoke();
    await world.clock.advanceTo(START + 30_500);
    world.invoke({ intervalMillis: 10_000 });
    await world.clock.advanceTo(START + 45_500);
    world.invoke({ intervalMillis: 10_000 });
    await world.clock.advanceTo(START + 90_000);

    const changed = world.deliveries.findIndex(({ runnerId }) => runnerId !== 'runner-0');
    const times = world.deliveries.map(({ sentMillis }) => (sentMillis - START) / 1000);
    assert.deepEqual(times.slice(0, changed), range(1, changed));
    assert.deepEqual(times.slice(changed), [60, 70, 80, 90]);
    assert.equal(times[changed - 1], 59);
  });
});

describe('a runner whose store fails', () => {
  it('goes on when the store is back, and counts the loss once', async () => {
    let isDown = false;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    const leader = world.invoke();
    await world.clock.advanceTo(START + 3_000);
    const standBy = world.invoke();
    await world.clock.advanceTo(START + 5_100);
    isDown = true;
    await world.clock.advanceTo(START + 8_500);
    isDown = false;
    await world.clock.advanceTo(START + 20_000);
    world.invoke();
    await world.clock.advanceTo(START + 30_000);

    assert.deepEqual(sent(world), [...range(1, 5), ...range(9, 30)]);
    assert.equal((leader.report?.missed ?? 0) + (standBy.report?.missed ?? 0), 3);
  });

  it('counts what nobody claimed before it came', async () => {
    let isDown = false;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    const first = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 5_100);
    isDown = true;
    await world.clock.advanceTo(START + 20_500);
    isDown = false;
    const second = world.invoke({ timeoutMillis: 10_000 });
    await world.clock.advanceTo(START + 40_000);

    assert.equal(first.report?.missed, 0, 'it never learned what others did');
    assert.equal(second.report?.missed, 15);
    assert.deepEqual(sent(world), [...range(1, 5), ...range(21, 29)]);
  });

  it('sends every tick, though some late, while the store is slow', async () => {
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
    const world = await makeWorld({ fault: () => (calls++ % 3 === 2 ? 'answer lost' : 'none') });
    const runner = world.invoke({ timeoutMillis: 30_000 });
    await world.clock.advanceTo(START + 40_000);

    assert.deepEqual(sent(world), range(1, 29));
    assert.equal(runner.report?.missed, 0);
  });

  it('sends to the last roster while the store does not give a new one', async () => {
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
    const runner = world.invoke({ timeoutMillis: 12_000 });
    await world.clock.advanceTo(START + 3_500);
    answer = 'hangs';
    await world.clock.advanceTo(START + 6_500);
    answer = 'fails';
    await world.clock.advanceTo(START + 20_000);

    assert.deepEqual(sent(world), range(1, 11));
    assert.equal(runner.report?.missed, 0);
    assertNoneLate(world);
  });

  it('reads no roster while posts still leave, but in time for the next tick', async () => {
    for (const [postMillis, readMillis] of [
      [0, 600],
      [700, 700],
      [890, 800],
    ] as const) {
      const stores = makeMemoryConnectionStore();
      const reads: number[] = [];
      const list = (...args: Parameters<typeof stores.list>) => {
        reads.push(world.clock.now() - START);
        return stores.list(...args);
      };
      const connections = { ...stores, list };
      const world = await makeWorld({ connections, postMillis: () => postMillis, latencyMillis: () => 2 });
      world.invoke();
      await world.clock.advanceTo(START + 4_100);

      assert.deepEqual(sent(world), range(1, 4));
      const inThirdSecond = reads.filter((millis) => millis >= 2_500 && millis < 3_000).map((millis) => millis - 2_000);
      assert.equal(inThirdSecond.length, 1);
      const [millis = 0] = inThirdSecond;
      assert.ok(millis >= readMillis && millis <= readMillis + 5, `${millis} ms with posts of ${postMillis}`);
    }
  });

  it('counts a tick as missed that the gateway took for nobody, whatever it answered', async () => {
    for (const outcome of [
      'forbidden',
      'serverError',
      'throttled',
      'timedOut',
      'reset',
      'failed',
      'tooLarge',
    ] as const) {
      const world = await makeWorld({ outcome: () => outcome });
      const runner = world.invoke({ timeoutMillis: 5_000 });
      await world.clock.advanceTo(START + 6_000);

      const { sent, missed, posts } = runner.report ?? assert.fail('the runner has left');
      assert.deepEqual([sent, missed, posts[outcome]], [0, 4, 4], outcome);
      assert.deepEqual(
        world.measurements.map(({ viewers, ticksMissed }) => [viewers, ticksMissed]),
        [[1, 4]],
      );
    }
  });

  it('says so in two of any five minutes, or more, even at one tick a minute', async () => {
    for (const intervalMillis of [1_000, 30_000, 60_000]) {
      const world = await makeWorld({ intervalMillis, outcome: () => 'timedOut' });
      const minutes: boolean[] = [];
      for (let minute = 0; minute < 60; minute++) {
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

  it('counts a tick as sent that one of two viewers got, and one that found everybody gone', async () => {
    let posts = 0;
    const world = await makeWorld({ outcome: () => (++posts % 2 === 0 ? 'serverError' : 'delivered') });
    world.viewers.set('second', { connectedMillis: START - 60_000 });
    await world.connections.put(makeConnection('second', START - 60_000));
    const runner = world.invoke({ timeoutMillis: 5_000 });
    await world.clock.advanceTo(START + 2_500);
    for (const viewer of ['viewer', 'second']) world.disconnect(viewer, false);
    await world.clock.advanceTo(START + 6_000);

    assert.deepEqual([runner.report?.missed, runner.report?.posts.gone], [0, 2]);
  });

  it('counts a tick as missed when it never could read a roster', async () => {
    const list = () => Promise.reject(new Error('throttled'));
    const world = await makeWorld({ connections: { ...makeMemoryConnectionStore(), list } });
    const runner = world.invoke({ timeoutMillis: 4_000 });
    await world.clock.advanceTo(START + 10_000);

    assert.deepEqual([runner.report?.sent, runner.report?.missed], [0, 3]);
  });

  it('ends in time although the rows of the gone cannot be removed', async () => {
    const connections = { ...makeMemoryConnectionStore(), removeOld: () => new Promise<void>(() => {}) };
    const world = await makeWorld({ connections });
    world.viewers.clear();
    const runner = world.invoke({ timeoutMillis: 4_000 });
    await world.clock.advanceTo(START + 4_900);

    assert.deepEqual([runner.report?.sent, runner.report?.posts.gone], [3, 1], 'one post, and none to who is gone');
  });
});

describe('a runner with nobody connected', () => {
  it('leaves at once, and says so to those who connect', async () => {
    const world = new SimulatedWorld({ startMillis: START });
    const runner = world.invoke();
    await world.clock.advanceTo(START + 100);

    assert.equal(runner.report?.left, 'nobody is connected');
    assert.equal(world.rests, 1);
    assert.equal((await world.relay().read()).isIdle, true);
  });

  it('leaves when the last viewer has gone, and so does its stand-by', async () => {
    const world = await makeWorld();
    const leader = world.invoke();
    await world.clock.advanceTo(START + 5_000);
    const standBy = world.invoke();
    await world.clock.advanceTo(START + 10_100);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 11_000);

    const left = [leader, standBy].map(({ report }) => report?.left);
    assert.deepEqual(left, ['nobody is connected', 'nobody is connected']);
    assert.equal(leader.report?.missed, 0);
  });

  it('does not count the rest as missed', async () => {
    const world = await makeWorld({ canWake: true });
    world.invoke();
    await world.clock.advanceTo(START + 5_100);
    await world.disconnect('viewer');
    await world.clock.advanceTo(START + 3_600_000);
    world.connect('another');
    await world.clock.advanceTo(START + 3_605_500);
    await world.disconnect('another');
    await world.clock.advanceTo(START + 3_610_000);

    assert.ok(world.runners.length >= 3 && world.runners.every(({ report }) => report?.missed === 0));
  });

  it('stays for a viewer whom only a consistent read shows', async () => {
    const stores = makeMemoryConnectionStore();
    const connections = {
      ...stores,
      list: async (...[partitions, now, consistency]: Parameters<typeof stores.list>) =>
        consistency === 'strong' ? stores.list(partitions, now, consistency) : { connections: [], layouts: new Map() },
    };
    const world = await makeWorld({ connections });
    world.invoke({ timeoutMillis: 5_000 });
    await world.clock.advanceTo(START + 10_000);

    assert.deepEqual(sent(world), range(1, 4));
  });
});
