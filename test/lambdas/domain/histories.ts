// What the clock guarantees in random histories in which all clocks are right. histories.test.ts plays them.

import fc from 'fast-check';
import { assertHistories, death, type History, historiesOf, noisyWorld, type Play, play } from './playing.ts';
import {
  assertFirstTicksSoon,
  assertNoCrowd,
  assertNoFailure,
  assertNoGap,
  assertNothingMissing,
  assertNothingTwice,
  assertOnlyScheduleRuns,
  assertRightTicks,
  isSleeping,
} from './promises.ts';

/** Largest error of a right clock, with its drift and its cut milliseconds. */
const SKEW_MILLIS = 65;

/** Time from one guard of a leader to the next. */
const NEXT_GUARD_MILLIS = 3_000;

/** Plays histories in which no runner is killed. */
export async function whileNoRunnerIsKilled(numRuns: number, intervalMillis: number): Promise<void> {
  await assertHistories(
    historiesOf(),
    async (history) => {
      const { world } = await play(history, { ...noisyWorld(history.seed), intervalMillis });
      assertRightTicks(world, SKEW_MILLIS);
      await assertAllGoesOn({ world, troubles: [] });
    },
    numRuns,
  );
}

/** Asserts everything that holds while all clocks are right and no runner is killed. */
export async function assertAllGoesOn({ world }: Play): Promise<void> {
  assertNoFailure(world);
  assertNothingTwice(world);
  assertNothingMissing(world, []);
  assertFirstTicksSoon(world);
  const waitMillis = isSleeping(world) ? world.intervalMillis : 0;
  assertNoGap(world, 2 * waitMillis + 6_000, { graceMillis: waitMillis || NEXT_GUARD_MILLIS });
  assertNoCrowd(world);
  await assertOnlyScheduleRuns(world);
}

/** Plays histories in which runners are killed and frozen. */
export async function whenRunnersFail(numRuns: number, intervalMillis: number): Promise<void> {
  const isAwake = intervalMillis < 5_000;
  const replacedMillis = (isAwake ? 0 : intervalMillis) + 8_000;
  const graceMillis = isAwake ? NEXT_GUARD_MILLIS : intervalMillis;
  const check = async (history: History) => {
    const { world, troubles } = await play(history, { ...noisyWorld(history.seed), intervalMillis });
    assertNoFailure({ failures: world.failures, timeouts: 0 });
    assertNothingTwice(world);
    assertRightTicks(world, SKEW_MILLIS);
    assertNothingMissing(world, troubles, replacedMillis);
    assertNoGap(world, replacedMillis, { troubles, graceMillis });
    await assertOnlyScheduleRuns(world);
  };
  await assertHistories(historiesOf(fc.array(death, { minLength: 1, maxLength: 6 })), check, numRuns);
}
