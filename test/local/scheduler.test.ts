import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeWorstJitter, startSchedule } from '../../local/scheduler.ts';

describe('a schedule', () => {
  it('fires when it is created and then once a period, without drift', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_500 });
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    for (let second = 0; second < 125; second++) t.mock.timers.tick(1_000);
    stop();
    t.mock.timers.tick(300_000);

    assert.deepEqual(fired, ['1970-01-01T00:16:40.500Z', '1970-01-01T00:17:40.500Z', '1970-01-01T00:18:40.500Z']);
  });

  it('fires once for a moment although the timer is early by the wall clock', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    let now = 0;
    t.mock.method(Date, 'now', () => now);
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    now = 59_999;
    t.mock.timers.tick(60_000);
    t.mock.timers.tick(1_000);
    stop();

    assert.deepEqual(fired, ['1970-01-01T00:00:00.000Z', '1970-01-01T00:01:00.000Z']);
  });

  it('leaves out what passed while the machine was asleep', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
    const fired: string[] = [];

    const stop = startSchedule({ periodMillis: 60_000, invoke: (scheduledAt) => fired.push(scheduledAt) });
    t.mock.timers.setTime(8 * 3_600_000 + 20_000);
    t.mock.timers.tick(60_000);
    t.mock.timers.tick(60_000);
    stop();

    assert.deepEqual(fired, ['1970-01-01T00:00:00.000Z', '1970-01-01T00:01:00.000Z', '1970-01-01T08:02:00.000Z']);
  });
});

describe('the worst jitter', () => {
  it('is late by less than a period, sometimes twice, sometimes nothing, but never three times in a row', () => {
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

  it('moves the invocations of a schedule and not what they are told', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 0 });
    const fates = [[40_000, 42_000], [], [5_000]];
    const fired: string[] = [];

    const stop = startSchedule({
      periodMillis: 60_000,
      jitter: () => fates.shift() ?? [],
      invoke: (scheduledAt) => fired.push(`${scheduledAt.slice(11, 19)} at ${Date.now() / 1000}`),
    });
    for (let second = 0; second < 200; second++) t.mock.timers.tick(1_000);
    stop();

    assert.deepEqual(fired, ['00:00:00 at 0', '00:01:00 at 100', '00:01:00 at 102', '00:03:00 at 185']);
  });
});
