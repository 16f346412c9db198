import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryOnStalls } from './stalls.ts';

function standStill(millis: number): void {
  for (const until = performance.now() + millis; performance.now() < until; );
}

describe('a test that measures by the wall clock', () => {
  const t = { diagnostic() {} } as unknown as TestContext;

  it('runs again if it failed while the machine stalled', async () => {
    let runs = 0;
    await retryOnStalls(async () => {
      await sleep(30);
      if (++runs > 1) return;
      standStill(400);
      throw new Error('too late');
    })(t);

    assert.equal(runs, 2);
  });

  it('fails immediately without a stall, and after three attempts with stalls', async () => {
    for (const [stallMillis, expected] of [
      [0, 1],
      [400, 3],
    ] as const) {
      let runs = 0;
      const test = retryOnStalls(async () => {
        runs++;
        standStill(stallMillis);
        throw new Error('too late');
      });

      await assert.rejects(test(t), /too late/);
      assert.equal(runs, expected);
    }
  });
});
