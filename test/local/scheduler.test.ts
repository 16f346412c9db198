import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { makeWorstJitter, startSchedule } from '../../local/scheduler.ts';

/** Timers that fire only in `advance` and `fireEarly`, and two clocks. The wall clock can be set. */
function mockClocks(t: TestContext, wallMillis: number) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let monotonicMillis = 5_000;
  let wall = wallMillis;
  t.mock.method(performance, 'now', () => monotonicMillis);
  t.mock.method(Date, 'now', () => wall);
  return {
    /** Advances both clocks in steps of 1 s. */
    advance(seconds: number) {
      for (let second = 0; second < seconds; second++) {
        monotonicMillis += 1_000;
        wall += 1_000;
        t.mock.timers.tick(1_000);
      }
    },
    /** Makes the machine sleep. Its monotonic clock may stop. */
    sleep(millis: number, isMonotonicStopped: boolean) {
      wall += millis;
      if (!isMonotonicStopped) monotonicMillis += millis;
    },
    /** Sets the wall clock ahead, or back if the value is negative. */
    stepWall(millis: number) {
      wall += millis;
    },
    /** Fires the timers of the next `millis`, although the clocks advance `byMillis` less. */
    fireEarly(millis: number, byMillis: number) {
      monotonicMillis += millis - byMillis;
      wall += millis - byMillis;
      t.mock.timers.tick(millis);
    },
  };
}

describe('a schedule', () => {
  it('fires when it is created and then once per period, without drift', (t) => {
    const clocks = mockClocks(t, 1_000_500);
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    clocks.advance(125);
    stop();
    clocks.advance(300);

    assert.deepEqual(fired, ['1970-01-01T00:16:40.500Z', '1970-01-01T00:17:40.500Z', '1970-01-01T00:18:40.500Z']);
  });

  it('fires once per occurrence although a timer is early, and never gives its target a time in the future', (t) => {
    const clocks = mockClocks(t, 0);
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    clocks.fireEarly(60_000, 1);
    clocks.advance(1);
    stop();

    assert.deepEqual(fired, ['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:59.999Z']);
  });

  for (const [direction, stepMillis] of [
    ['back', -600_000],
    ['ahead', 600_000],
  ] as const) {
    it(`fires once per minute after the wall clock was set ${direction}, with the time that it shows`, (t) => {
      const clocks = mockClocks(t, 3_600_000);
      const fired: string[] = [];

      const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
      clocks.advance(30);
      clocks.stepWall(stepMillis);
      clocks.advance(200);
      stop();

      const expected = [1, 2, 3].map((minute) => 3_600_000 + stepMillis + minute * 60_000);
      assert.deepEqual(fired.map(Date.parse), [3_600_000, ...expected]);
    });
  }

  it('fires once for the first occurrence that passed during a sleep, and skips the others', (t) => {
    const clocks = mockClocks(t, 0);
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    clocks.sleep(8 * 3_600_000 + 20_000, false);
    clocks.advance(180);
    stop();

    const times = fired.map((scheduledAt) => scheduledAt.slice(11, 19));
    assert.deepEqual(times, ['00:00:00', '00:01:00', '08:02:00', '08:03:00']);
  });

  it('fires once per minute after a sleep that the monotonic clock does not count', (t) => {
    const clocks = mockClocks(t, 0);
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    clocks.sleep(8 * 3_600_000 + 20_000, true);
    clocks.advance(125);
    stop();

    const times = fired.map((scheduledAt) => scheduledAt.slice(11, 19));
    assert.deepEqual(times, ['00:00:00', '08:01:20', '08:02:20']);
  });
});

describe('a poor schedule', () => {
  it('is late by less than 61 s, sometimes fires twice, sometimes not at all, but never misses three in a row', () => {
    const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
    fc.assert(
      fc.property(random, (random) => {
        const jitter = makeWorstJitter(60_000, () => random.next().value);
        let missed = 0;
        for (let occurrence = 0; occurrence < 100; occurrence++) {
          const delays = jitter();
          missed = delays.length === 0 ? missed + 1 : 0;
          assert.ok(missed <= 2 && delays.length <= 2);
          assert.ok(delays.every((millis) => millis >= 0 && millis < 61_000));
        }
      }),
    );
  });

  it('delays the invocations but not the planned time that they get', (t) => {
    const clocks = mockClocks(t, 0);
    const fates = [[40_000, 42_000], [], [5_000]];
    const fired: string[] = [];

    const stop = startSchedule({
      periodMillis: 60_000,
      jitter: () => fates.shift() ?? [],
      invoke: (scheduledAt) => fired.push(`${scheduledAt.slice(11, 19)} at ${Date.now() / 1000}`),
    });
    clocks.advance(200);
    stop();

    assert.deepEqual(fired, ['00:00:00 at 0', '00:01:00 at 100', '00:01:00 at 102', '00:03:00 at 185']);
  });
});
