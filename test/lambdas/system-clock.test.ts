// The system clock in real time, also while the wall clock is set.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_MILLIS } from '../../lambdas/domain/ports.ts';
import { systemClock } from '../../lambdas/system-clock.ts';
import { retryOnStalls } from '../support/stalls.ts';

const TEN_MINUTES = 600_000;

/** Tolerance for late timers. */
const SLACK_MILLIS = 150;

/** @returns a function that sets the wall clock of this process ahead by milliseconds, or back if they are negative */
function settableWallClock(t: TestContext): (millis: number) => void {
  const realNow = Date.now;
  let offsetMillis = 0;
  Date.now = () => realNow() + offsetMillis;
  t.after(() => {
    Date.now = realNow;
  });
  return (millis) => {
    offsetMillis += millis;
  };
}

/** @returns the duration of the sleep by the monotonic clock */
async function durationOf(sleeping: Promise<void>): Promise<number> {
  const begunMillis = performance.now();
  await sleeping;
  return performance.now() - begunMillis;
}

function assertBetween(millis: number, leastMillis: number, mostMillis: number): void {
  assert.ok(millis >= leastMillis && millis <= mostMillis, `${millis} is not between ${leastMillis} and ${mostMillis}`);
}

describe('the system clock', () => {
  it('has a monotonic clock that does not follow the wall clock', (t) => {
    const set = settableWallClock(t);
    const [wallMillis, monotonicMillis] = [systemClock.now(), systemClock.monotonicMillis()];

    set(-TEN_MINUTES);

    assertBetween(systemClock.now() - wallMillis, -TEN_MINUTES, -TEN_MINUTES + 1_000);
    assertBetween(systemClock.monotonicMillis() - monotonicMillis, 0, 1_000);
  });

  it(
    'sleeps until the given time, and not a millisecond less',
    retryOnStalls(async () => {
      for (const millis of [1, 20, 300]) {
        const untilMillis = Date.now() + millis;
        await systemClock.sleepUntil(untilMillis);
        assertBetween(Date.now() - untilMillis, 0, SLACK_MILLIS);
      }
    }),
  );

  it(
    'does not sleep when the given time has passed',
    retryOnStalls(async () => {
      assertBetween(await durationOf(systemClock.sleepUntil(Date.now())), 0, 20);
      assertBetween(await durationOf(systemClock.sleepUntil(Date.now() - TEN_MINUTES)), 0, 20);
    }),
  );

  for (const setAfterMillis of [0, 150, 299]) {
    it(
      `stops sleeping ${STEP_MILLIS} ms late when the wall clock is set back after ${setAfterMillis} ms`,
      retryOnStalls(async (t) => {
        const set = settableWallClock(t);
        const sleeping = durationOf(systemClock.sleepUntil(Date.now() + 300));

        await sleep(setAfterMillis);
        set(-TEN_MINUTES);

        assertBetween(await sleeping, 299, 300 + STEP_MILLIS + SLACK_MILLIS);
      }),
    );
  }

  it(
    `sleeps until the given time when the wall clock is set back by less than ${STEP_MILLIS} ms`,
    retryOnStalls(async (t) => {
      const set = settableWallClock(t);
      const untilMillis = Date.now() + 200;
      const sleeping = systemClock.sleepUntil(untilMillis);

      set(-STEP_MILLIS / 2);
      await sleeping;

      assertBetween(Date.now() - untilMillis, 0, SLACK_MILLIS);
    }),
  );

  it(
    'stops sleeping within a second when the wall clock is set ahead',
    retryOnStalls(async (t) => {
      const set = settableWallClock(t);
      const sleeping = durationOf(systemClock.sleepUntil(Date.now() + 30_000));

      set(TEN_MINUTES);

      assertBetween(await sleeping, 0, 1_000 + SLACK_MILLIS);
    }),
  );
});
