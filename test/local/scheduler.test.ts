import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startSchedule } from '../../local/scheduler.ts';

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
