// Plays the random histories of histories.ts and clock-histories.ts.
//
//   HISTORIES=5000 npm test -- test/lambdas/domain/histories.test.ts      more histories than the default
//   HISTORY_SEED=… HISTORY_PATH=… npm test -- …                           the history of a failure

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runInWorker } from '../../support/in-worker.ts';
import type { Usage } from './usage.ts';

const HISTORIES = Number(process.env.HISTORIES ?? 100);
const RIGHT_CLOCKS = new URL('./histories.ts', import.meta.url);
const WRONG_CLOCKS = new URL('./clock-histories.ts', import.meta.url);
const USAGE = new URL('./usage.ts', import.meta.url);

const promises: [URL, string, string][] = [
  [RIGHT_CLOCKS, 'whileNoRunnerIsKilled', 'keeps its guarantees while no runner is killed'],
  [RIGHT_CLOCKS, 'whenRunnersFail', 'replaces runners that are killed or frozen'],
  [WRONG_CLOCKS, 'whenClocksAreWrong', 'sends no wrong tick when the clocks of single machines are wrong'],
  [WRONG_CLOCKS, 'whenOneWitnessIsWrong', 'continues if one witness has a wrong clock'],
  [WRONG_CLOCKS, 'whenAllClocksAreSet', 'follows when all clocks are set together'],
];

/** Enough for any number of histories. */
const TIMEOUT_MILLIS = 60 * 60_000;

describe('the clock over random histories', { concurrency: true }, () => {
  for (const [module, name, what] of promises) {
    for (const seconds of [1, 5, 10]) {
      it(`${what}, at ${seconds} s`, { timeout: TIMEOUT_MILLIS }, () =>
        runInWorker(module, name, HISTORIES, seconds * 1_000),
      );
    }
  }
});

describe('the use of a deployment with ten viewers', () => {
  // Billed seconds per minute. At 1 s one runner stays, and two run while one succeeds the other.
  for (const [seconds, most] of Object.entries({ 1: 64, 5: 24, 10: 16, 60: 3 })) {
    it(`is at most ${most} billed seconds per minute at ${seconds} s, with every tick sent`, async () => {
      const { billedSeconds, ticks } = await runInWorker<Usage>(USAGE, 'use', Number(seconds));

      assert.equal(ticks, 1);
      assert.ok(billedSeconds <= most, `${billedSeconds} s`);
    });
  }

  it('is one write per tick and at most one roster read in 30 s, while runners stay', async () => {
    const { claims, rosters, messages } = await runInWorker<Usage>(USAGE, 'use', 1);

    // Sometimes a newcomer and a leader claim the same tick.
    assert.ok(claims <= 1.05, `${claims} claims a tick`);
    assert.ok(rosters <= 0.06, `${rosters} rosters a tick`);
    assert.ok(messages <= 0.5, `${messages} messages a tick`);
  });
});
