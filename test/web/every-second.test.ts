import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { everySecond } from '../../web/src/every-second.ts';

describe('every second', () => {
  it('ends immediately when its callback ends it', async () => {
    let calls = 0;
    // The next second is always a millisecond away.
    const seconds = everySecond(
      () => 999,
      () => {
        calls++;
        if (calls === 3) seconds.end();
      },
    );
    await sleep(100);
    seconds.end();
    seconds.again();

    assert.equal(calls, 3);
  });

  it('calls back immediately if a second starts during the callback', async () => {
    let time = 999.8;
    const shown: number[] = [];
    const seconds = everySecond(
      () => time,
      () => {
        shown.push(Math.floor(time / 1000));
        time += 0.5;
      },
    );
    await sleep(100);
    seconds.end();

    assert.deepEqual(shown, [0, 1]);
  });

  it('calls back sooner after again(), if the clock was corrected', async () => {
    let time = 0;
    let calls = 0;
    const seconds = everySecond(
      () => time,
      () => calls++,
    );
    time = 990;
    await sleep(100);
    assert.equal(calls, 1);
    seconds.again();
    while (calls < 3) await sleep(5);
    seconds.end();
  });

  it('calls back at each phase', async () => {
    const start = performance.now();
    const shown: number[] = [];
    const seconds = everySecond(
      () => performance.now() - start,
      () => shown.push(performance.now() - start),
      () => [0, 400],
    );
    while ((shown.at(-1) ?? 0) < 1_400) await sleep(5);
    seconds.end();

    for (const [from, to] of [
      [400, 1_000],
      [1_000, 1_400],
      [1_400, 2_000],
    ] as const) {
      assert.ok(
        shown.some((millis) => millis >= from && millis < to),
        `${from}: ${shown}`,
      );
    }
  });

  it('uses a changed phase after again()', async () => {
    let phase = 500;
    let calls = 0;
    const seconds = everySecond(
      () => 0,
      () => calls++,
      () => [phase],
    );
    phase = 10;
    seconds.again();
    while (calls < 3) await sleep(5);
    seconds.end();
  });
});
