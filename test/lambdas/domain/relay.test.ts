import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { SEND_WINDOW_MILLIS } from '../../../lambdas/domain/relay.ts';
import { boundaryMillis } from '../../../lambdas/protocol.ts';
import { makeMemoryConnectionStore, makeMemoryRelayStore } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';
import { SimulatedRunner, type World } from '../../support/simulated-runner.ts';

const START = 1_763_861_880_000;
const MINUTE = 60_000;

/** A world with one viewer. */
async function makeWorld(changes: Partial<World> = {}): Promise<World> {
  const connections = makeMemoryConnectionStore();
  await connections.put(makeConnection('viewer', START));
  return {
    clock: new SimulatedClock(START),
    relay: makeMemoryRelayStore(),
    connections,
    sent: [],
    intervalMillis: 1000,
    latencyMillis: () => 10,
    fault: () => 'none',
    ...changes,
  };
}

type Event =
  | { readonly kind: 'invoke' }
  | { readonly kind: 'kill'; readonly runner: number }
  | { readonly kind: 'freeze'; readonly runner: number; readonly millis: number };

/** Plays the events in the order of their moments, in milliseconds after {@link START}. */
async function play(world: World, events: readonly (Event & { readonly atMillis: number })[], endMillis: number) {
  const runners: SimulatedRunner[] = [];
  for (const event of [...events].sort((a, b) => a.atMillis - b.atMillis)) {
    await world.clock.advanceTo(START + event.atMillis);
    if (event.kind === 'invoke') {
      runners.push(new SimulatedRunner(world, `runner-${runners.length}`));
      continue;
    }
    const living = runners.filter(({ report, isKilled }) => report === undefined && !isKilled);
    const runner = living[event.runner % Math.max(1, living.length)];
    if (event.kind === 'kill') runner?.kill();
    else runner?.freeze(event.millis);
  }
  await world.clock.advanceTo(START + endMillis);
  return runners;
}

function sequences(world: World): number[] {
  return world.sent.map(({ sequence }) => sequence);
}

function assertNoneTwice(world: World): void {
  assert.equal(new Set(sequences(world)).size, world.sent.length, `a sequence was sent twice: ${sequences(world)}`);
}

function assertNoneMissing(world: World): void {
  const all = sequences(world).sort((a, b) => a - b);
  all.forEach((sequence, index) => {
    assert.equal(sequence, (all[0] ?? 0) + index, `${sequence} follows a gap; runners: ${JSON.stringify(world.sent)}`);
  });
}

function assertNoneEarlyOrLate(world: World): void {
  for (const { sequence, sentMillis } of world.sent) {
    const late = sentMillis - boundaryMillis(sequence, world.intervalMillis);
    assert.ok(late >= 0 && late < SEND_WINDOW_MILLIS, `${sequence} left ${late} ms after its boundary`);
  }
}

/** Schedules as EventBridge keeps them: one invocation a minute, up to 59 s late, some twice, at most two in a row
 *  not at all. */
const schedule = fc
  .array(
    fc.record({
      delayMillis: fc.integer({ min: 0, max: 59_000 }),
      copies: fc.constantFrom(0, 1, 1, 1, 2),
      copyDelayMillis: fc.integer({ min: 0, max: 5_000 }),
    }),
    { minLength: 6, maxLength: 6 },
  )
  .map((minutes) =>
    minutes.flatMap(({ delayMillis, copies, copyDelayMillis }, minute) => {
      const isThirdMissing = minute >= 2 && minutes.slice(minute - 2, minute + 1).every((other) => other.copies === 0);
      const count = minute === 0 || isThirdMissing ? Math.max(1, copies) : copies;
      const atMillis = minute * MINUTE + delayMillis;
      return Array.from({ length: count }, (_, copy) => ({
        kind: 'invoke' as const,
        atMillis: atMillis + copy * copyDelayMillis,
      }));
    }),
  );

const latency = fc.infiniteStream(fc.integer({ min: 2, max: 60 }));

describe('the relay', () => {
  it('sends each second once, whatever the schedule does', async () => {
    await fc.assert(
      fc.asyncProperty(schedule, latency, async (events, latencies) => {
        const world = await makeWorld({ latencyMillis: () => latencies.next().value });

        await play(world, events, 6 * MINUTE);

        assertNoneTwice(world);
        assertNoneMissing(world);
        assertNoneEarlyOrLate(world);
        const [first] = events.map(({ atMillis }) => atMillis).sort((a, b) => a - b);
        assert.ok((world.sent[0]?.sentMillis ?? 0) <= START + (first ?? 0) + 1_300, 'the first tick comes at once');
        assert.ok((world.sent.at(-1)?.sentMillis ?? 0) > START + 6 * MINUTE - 1_100, 'the last tick has come');
      }),
      { numRuns: 100 },
    );
  });

  it('sends no second twice and none late, whoever is killed or frozen and whatever the store answers', async () => {
    const trouble = fc.oneof(
      fc.record({
        kind: fc.constant('kill' as const),
        runner: fc.nat(3),
        atMillis: fc.integer({ min: 0, max: 6 * MINUTE }),
      }),
      fc.record({
        kind: fc.constant('freeze' as const),
        runner: fc.nat(3),
        millis: fc.integer({ min: 1, max: 20_000 }),
        atMillis: fc.integer({ min: 0, max: 6 * MINUTE }),
      }),
    );
    const faults = fc.infiniteStream(
      fc.oneof(
        { weight: 30, arbitrary: fc.constant('none' as const) },
        fc.constantFrom('refused' as const, 'answer lost' as const),
      ),
    );
    const slow = fc.infiniteStream(fc.integer({ min: 2, max: 700 }));
    await fc.assert(
      fc.asyncProperty(
        schedule,
        fc.array(trouble, { maxLength: 12 }),
        slow,
        faults,
        async (events, troubles, latencies, fault) => {
          const world = await makeWorld({
            latencyMillis: () => latencies.next().value,
            fault: () => fault.next().value,
          });

          await play(world, [...events, ...troubles], 6 * MINUTE);

          assertNoneTwice(world);
          assertNoneEarlyOrLate(world);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('loses two ticks at most when the leader is killed and another stands by', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 999 }), latency, async (phase, latencies) => {
        const world = await makeWorld({ latencyMillis: () => latencies.next().value });
        const leader = new SimulatedRunner(world, 'leader');
        await world.clock.advanceTo(START + 10_000 - 300);
        // The stand-by arrives after the leader's claim and before its next, and the leader is killed in between.
        const standBy = new SimulatedRunner(world, 'stand-by');
        await world.clock.advanceTo(START + 10_000 - 300 + Math.floor(phase / 2));
        leader.kill();
        await world.clock.advanceTo(START + 20_000);

        assert.equal(standBy.report, undefined);
        const all = sequences(world);
        const gaps = all.slice(1).map((sequence, index) => sequence - (all[index] ?? 0) - 1);
        assert.ok(gaps.reduce((sum, gap) => sum + gap, 0) <= 2, `${all}`);
        assertNoneTwice(world);
      }),
    );
  });

  it('hands over to the next invocation and leaves', async () => {
    const world = await makeWorld();

    const [first, second] = await play(
      world,
      [
        { kind: 'invoke', atMillis: 200 },
        { kind: 'invoke', atMillis: 60_200 },
      ],
      65_000,
    );

    assert.deepEqual(first?.report, {
      left: 'handed over',
      sent: 61,
      missed: 0,
      posts: { delivered: 61, gone: 0, throttled: 0, timedOut: 0, failed: 0, shed: 0 },
    });
    assert.equal(second?.report, undefined);
    assertNoneMissing(world);
  });

  it('lets a duplicate invocation leave at once', async () => {
    const world = await makeWorld();

    const runners = await play(
      world,
      [0, 100, 150].map((atMillis) => ({ kind: 'invoke', atMillis })),
      400,
    );

    assert.deepEqual(
      runners.map(({ report }) => report?.left),
      [undefined, 'another stands by', 'another stands by'],
    );
  });

  it('keeps the leader when nobody follows, until its time is up', async () => {
    const world = await makeWorld();

    const [runner] = await play(world, [{ kind: 'invoke', atMillis: 0 }], 301_000);

    assert.equal(runner?.report?.left, 'time is up');
    assert.equal(runner?.report?.sent, 299);
  });

  it('goes on after the store was down, and counts the loss', async () => {
    let isDown = false;
    const world = await makeWorld({ fault: () => (isDown ? 'refused' : 'none') });
    const runner = new SimulatedRunner(world, 'runner', 20_000);
    await world.clock.advanceTo(START + 5_000 + 100);
    isDown = true;
    await world.clock.advanceTo(START + 8_000 + 100);
    isDown = false;
    await world.clock.advanceTo(START + 30_000);

    assert.equal(runner.report?.missed, 3);
    assert.deepEqual(
      sequences(world).map((sequence) => sequence - START / 1000),
      [1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
    );
  });

  it('sends to the last roster while the store does not give a new one', async () => {
    const stores = makeMemoryConnectionStore();
    let answer: 'answers' | 'hangs' | 'fails' = 'answers';
    const world = await makeWorld({
      connections: {
        ...stores,
        list: async (now) => {
          if (answer === 'hangs') await new Promise(() => {});
          if (answer === 'fails') throw new Error('throttled');
          return stores.list(now);
        },
      },
    });
    await stores.put(makeConnection('viewer', START));
    const runner = new SimulatedRunner(world, 'runner', 12_000);
    await world.clock.advanceTo(START + 3_500);
    answer = 'hangs';
    await world.clock.advanceTo(START + 6_500);
    answer = 'fails';
    await world.clock.advanceTo(START + 20_000);

    assert.equal(world.sent.length, 11);
    assertNoneMissing(world);
    assertNoneEarlyOrLate(world);
    assert.equal(runner.report?.missed, 0);
  });

  it('prefers a later roster to one that was slow to come', async () => {
    const late = makeConnection('late', START);
    const stores = makeMemoryConnectionStore();
    const clock = new SimulatedClock(START);
    let reads = 0;
    const world = await makeWorld({
      clock,
      connections: {
        ...stores,
        list: async (now) => {
          const list = await stores.list(now);
          // The read for the third tick returns only between the read and the boundary of the fourth.
          if (++reads === 4) await clock.sleepUntil(START + 3_900);
          return list;
        },
      },
    });
    new SimulatedRunner(world, 'runner');
    await clock.advanceTo(START + 3_200);
    await stores.put(late);
    await clock.advanceTo(START + 4_500);

    assert.deepEqual(
      sequences(world).map((sequence) => sequence - START / 1000),
      [4],
    );
  });

  it('counts a tick as missed when it never could read a roster', async () => {
    const world = await makeWorld({
      connections: { ...makeMemoryConnectionStore(), list: () => Promise.reject(new Error('throttled')) },
    });
    const runner = new SimulatedRunner(world, 'runner', 4_000);
    await world.clock.advanceTo(START + 10_000);

    assert.equal(runner.report?.sent, 0);
    assert.equal(runner.report?.missed, 3);
  });

  it('ends in time although the rows of the gone cannot be removed', async () => {
    const stores = makeMemoryConnectionStore();
    await stores.put(makeConnection('gone', START - 60_000));
    const world = await makeWorld({ connections: { ...stores, remove: () => new Promise(() => {}) } });
    const runner = new SimulatedRunner({ ...world, outcome: 'gone' }, 'runner', 4_000);
    await world.clock.advanceTo(START + 4_900);

    assert.equal(runner.report?.sent, 3);
    assert.equal(runner.report?.posts.gone, 3);
  });

  it('has a roster at the first tick although the first read is slow', async () => {
    const stores = makeMemoryConnectionStore();
    await stores.put(makeConnection('viewer', START));
    const clock = new SimulatedClock(START);
    let firstReadMillis = 600;
    const world = await makeWorld({
      clock,
      connections: {
        ...stores,
        list: async (now) => {
          const millis = firstReadMillis;
          firstReadMillis = 0;
          await clock.sleepUntil(now + millis);
          return stores.list(now);
        },
      },
    });
    new SimulatedRunner(world, 'runner');
    await world.clock.advanceTo(START + 1_500);

    assert.deepEqual(sequences(world), [START / 1000 + 1]);
  });

  it('sends nothing late after it was frozen, and counts the loss', async () => {
    const world = await makeWorld();
    const runner = new SimulatedRunner(world, 'runner', 10_000);
    await world.clock.advanceTo(START + 3_000 - 200);
    runner.freeze(2_500);
    await world.clock.advanceTo(START + 20_000);

    assert.deepEqual(
      sequences(world).map((sequence) => sequence - START / 1000),
      [1, 2, 6, 7, 8, 9],
    );
    assert.equal(runner.report?.missed, 3);
    assertNoneEarlyOrLate(world);
  });

  it('keeps to its interval', async () => {
    const world = await makeWorld({ intervalMillis: 7_000 });

    await play(
      world,
      [
        { kind: 'invoke', atMillis: 0 },
        { kind: 'invoke', atMillis: 60_000 },
      ],
      2 * MINUTE,
    );

    assertNoneMissing(world);
    assertNoneEarlyOrLate(world);
    assert.equal(world.sent.length, 17);
  });

  it('changes over to another interval without a tick of the old one after the new leader has begun', async () => {
    const world = await makeWorld();
    new SimulatedRunner(world, 'every second');
    await world.clock.advanceTo(START + 30_500);
    new SimulatedRunner({ ...world, intervalMillis: 10_000 }, 'every ten seconds');
    await world.clock.advanceTo(START + 90_000);

    const times = world.sent.map(({ sentMillis }) => (sentMillis - START) / 1000);
    const changed = world.sent.findIndex(({ runnerId }) => runnerId === 'every ten seconds');
    assert.ok(changed > 0 && world.sent.slice(changed).every(({ runnerId }) => runnerId === 'every ten seconds'));
    assert.equal(new Set(times).size, times.length);
    assert.deepEqual(times.slice(changed), [40, 50, 60, 70, 80, 90]);
  });
});
