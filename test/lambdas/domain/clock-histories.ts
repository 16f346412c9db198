// What the clock guarantees in random histories in which clocks are wrong. histories.test.ts plays them.

import fc from 'fast-check';
import type { Witness } from '../../../lambdas/domain/clock-proof.ts';
import { Noise } from '../../support/noise.ts';
import type { SimulatedWorld } from '../../support/simulated-world.ts';
import { assertAllGoesOn } from './histories.ts';
import {
  assertHistories,
  type Event,
  type History,
  historiesOf,
  noisyWorld,
  play,
  step,
  type Trouble,
  wrongMillis,
} from './playing.ts';
import { assertNoFailure, assertNoGap, assertNothingTwice, assertRightTicks, TRUE_WITHIN_MILLIS } from './promises.ts';

/** After a clock was wrong, a right tick follows within 10 s and two intervals. A step back by just under two intervals
 *  takes all of this time: the boundaries that were claimed before the step have to pass, and then another interval. */
function recoveryMillis(intervalMillis: number): number {
  return 10_000 + 2 * intervalMillis + SENT_WITHIN_MILLIS;
}

/** A claim is attempted until 450 ms after its boundary. The posts follow. */
const SENT_WITHIN_MILLIS = 500;

/** Number of machines whose clock is wrong from the start. */
const WRONG_MACHINES = 0.2;

const MAX_DRIFT_PPM = 5_000;

const SERVICES = ['table', 'queue', 'gateway', 'gateway events', 'schedule'];

/** Clocks of single machines are wrong by up to two hours, drift and are set. Table and queue have right clocks. */
export async function whenClocksAreWrong(numRuns: number, intervalMillis: number): Promise<void> {
  const check = async (history: History) => {
    const { world, troubles } = await play(history, { ...wrongMachines(history.seed), intervalMillis });
    assertNoFailure({ failures: world.failures, timeouts: 0 });
    assertRightTicks(world, TRUE_WITHIN_MILLIS);
    assertNothingTwice(world);
    // Each wrong clock that is found restarts the time limit, because each costs a tick.
    const found = world.runners.filter(({ report }) => report?.exit === 'clock wrong');
    const ends = found.map(({ leftMillis }): Trouble => ({ kind: 'clock wrong', atMillis: leftMillis }));
    assertNoGap(world, recoveryMillis(intervalMillis), { troubles: [...troubles, ...ends] });
  };
  await assertHistories(historiesOf(fc.array(step, { maxLength: 4 })), check, numRuns);
}

function wrongMachines(seed: number) {
  const options = noisyWorld(seed);
  const noise = new Noise(seed + 1);
  const clockOf = (machine: string) => {
    const setting = options.clockOf?.(machine) ?? {};
    if (SERVICES.includes(machine) || !noise.chance(WRONG_MACHINES)) return setting;
    const limitMillis = [7_200_000, 20_000, 3_000][noise.between(0, 2)] ?? 0;
    const driftPpm = noise.chance(0.5) ? noise.between(-MAX_DRIFT_PPM, MAX_DRIFT_PPM) : setting.driftPpm;
    return { offsetMillis: noise.between(-limitMillis, limitMillis), driftPpm };
  };
  return { ...options, clockOf };
}

/** The `Date` of one service is wrong by hours. The queue's clock also determines when messages count as sent. */
export async function whenOneWitnessIsWrong(numRuns: number, intervalMillis: number): Promise<void> {
  const check = async (history: History) => {
    const played = await play(history, { ...lyingWitness(history.seed), intervalMillis });
    assertRightTicks(played.world, TRUE_WITHIN_MILLIS);
    await assertAllGoesOn(played);
  };
  await assertHistories(historiesOf(), check, numRuns);
}

function lyingWitness(seed: number) {
  const options = noisyWorld(seed);
  const noise = new Noise(seed + 1);
  const liar = (['table', 'queue', 'gateway'] satisfies Witness[])[noise.between(0, 2)];
  const offsetMillis = noise.between(3_000, 7_200_000) * (noise.chance(0.5) ? 1 : -1);
  const clockOf = (machine: string) => (machine === liar ? { offsetMillis } : (options.clockOf?.(machine) ?? {}));
  return { ...options, clockOf };
}

const FIRST_STEP = 70_000;

const MAX_STEP_MILLIS = 7_200_000;

/** All clocks are set together, also those of the services, as on one machine that runs all of them. */
export async function whenAllClocksAreSet(numRuns: number, intervalMillis: number): Promise<void> {
  const steps = fc
    .tuple(wrongMillis, wrongMillis, fc.integer({ min: 0, max: 60_000 }), fc.boolean())
    .map(([first, second, atMillis, isTwice]): Event[] => {
      const steps: Event[] = [{ kind: 'step all', atMillis: FIRST_STEP + atMillis, millis: first }];
      // After more than two hours and ten minutes in total, the rows of the viewers have expired.
      const millis = Math.max(-MAX_STEP_MILLIS, Math.min(MAX_STEP_MILLIS, first + second)) - first;
      if (isTwice) steps.push({ kind: 'step all', atMillis: FIRST_STEP + atMillis + 80_000, millis });
      return steps;
    });
  const check = async (history: History) => {
    const { world, troubles } = await play(history, { ...noisyWorld(history.seed), intervalMillis });
    assertNoFailure({ failures: world.failures, timeouts: 0 });
    assertRightByOwnClocks(world);
    const isAwake = intervalMillis < 5_000;
    assertNoGap(world, recoveryMillis(intervalMillis), { troubles, graceMillis: isAwake ? 0 : intervalMillis });
  };
  await assertHistories(historiesOf(steps), check, numRuns);
}

/** Asserts that no tick is sent too far from its boundary by the common clock. */
function assertRightByOwnClocks(world: SimulatedWorld): void {
  const deliveries = world.deliveries.map((delivery) => {
    return { ...delivery, sentMillis: delivery.sentMillis + delivery.aheadMillis };
  });
  assertRightTicks({ ...world, deliveries } as SimulatedWorld, TRUE_WITHIN_MILLIS);
}
