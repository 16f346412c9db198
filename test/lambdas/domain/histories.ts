// The promises of the clock over random histories, on simulated time: schedules as bad as EventBridge may be, runners killed
// and frozen, stores that are slow and lose answers, viewers who come and go. histories.test.ts plays them.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ROSTER_WINDOW_MILLIS, SEND_WINDOW_MILLIS } from '../../../lambdas/domain/delivery.ts';
import { LEAD_MILLIS } from '../../../lambdas/domain/relay.ts';
import { boundaryMillis } from '../../../protocol/tick.ts';
import { SimulatedWorld, type Viewer, type WorldOptions } from '../../support/simulated-world.ts';

const START = 1_763_861_880_000;
const MINUTE = 60_000;
const MINUTES = 4;
const END = START + MINUTES * MINUTE;
const INTERVAL = 1_000;

/** In these millis before a boundary a viewer may have come too late for its roster. */
const ROSTER_MILLIS = 1_000;

/** Within this time a new runner takes its part. */
const SETTLING_IN_MILLIS = 1_500;

/** A stand-by has taken over from a leader that died. */
const TAKEOVER_MILLIS = 2 * INTERVAL;

type Event = { readonly atMillis: number } & (
  | { readonly kind: 'invoke' }
  | { readonly kind: 'kill'; readonly runner: number }
  | { readonly kind: 'freeze'; readonly runner: number; readonly millis: number }
  | { readonly kind: 'visit'; readonly stayMillis: number; readonly isTold: boolean }
);

const moment = fc.integer({ min: 0, max: MINUTES * MINUTE });

/** Schedules as EventBridge keeps them: one invocation a minute, up to 59 s late, some twice, at most two in a row
 *  not at all. */
const schedule = fc
  .array(
    fc.record({
      delayMillis: fc.integer({ min: 0, max: 59_000 }),
      copies: fc.constantFrom(0, 1, 1, 1, 2),
      copyDelayMillis: fc.integer({ min: 0, max: 5_000 }),
    }),
    { minLength: MINUTES, maxLength: MINUTES },
  )
  .map((minutes) => {
    let missed = 0;
    return minutes.flatMap(({ delayMillis, copies, copyDelayMillis }, minute) => {
      const count = copies === 0 && missed === 2 ? 1 : copies;
      missed = count === 0 ? missed + 1 : 0;
      return Array.from({ length: count }, (_, copy): Event => {
        return { kind: 'invoke', atMillis: minute * MINUTE + delayMillis + copy * copyDelayMillis };
      });
    });
  });

const visit = fc.record({
  kind: fc.constant('visit' as const),
  // Often shortly after one another, also with nobody else there.
  atMillis: fc.oneof(moment, fc.integer({ min: MINUTE, max: MINUTE + 4_000 })),
  stayMillis: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 2 * MINUTE })),
  isTold: fc.boolean(),
});

const trouble = fc.oneof(
  fc.record({ kind: fc.constant('kill' as const), runner: fc.nat(2), atMillis: moment }),
  fc.record({
    kind: fc.constant('freeze' as const),
    runner: fc.nat(2),
    millis: fc.integer({ min: 1, max: 20_000 }),
    atMillis: moment,
  }),
);

const latencies = fc.infiniteStream(fc.integer({ min: 2, max: 60 }));

/** Most reads are up to date. */
const lags = fc.infiniteStream(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 500 })));

/** Of a runner that is woken. */
const coldStarts = fc.infiniteStream(fc.integer({ min: 100, max: 700 }));

const lostAnswers = fc.infiniteStream(
  fc.oneof({ weight: 20, arbitrary: fc.constant('none' as const) }, fc.constantFrom('answer lost' as const)),
);

/** A time in which the promises are weaker: from a kill until the takeover, or a freeze. Epoch. */
interface Trouble {
  readonly runnerId: string;
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** Plays the history to its end, and has everybody leave then. */
async function play(events: readonly Event[], options: Partial<WorldOptions>) {
  const fault = () => (world.clock.now() < END && options.fault?.()) || 'none';
  const world = new SimulatedWorld({ startMillis: START, intervalMillis: INTERVAL, ...options, fault });
  const troubles: Trouble[] = [];
  let visits = 0;

  async function stay(connectionId: string, { stayMillis, isTold }: { stayMillis: number; isTold: boolean }) {
    await world.connect(connectionId);
    await world.clock.sleepUntil(Math.min(END, world.clock.now() + stayMillis));
    await world.disconnect(connectionId, isTold);
  }

  for (const event of [...events].sort((a, b) => a.atMillis - b.atMillis)) {
    await world.clock.advanceTo(START + event.atMillis);
    const fromMillis = world.clock.now();
    if (event.kind === 'invoke') world.invoke();
    else if (event.kind === 'visit') stay(`viewer-${visits++}`, event);
    else {
      const { living } = world;
      const runner = living[event.runner % Math.max(1, living.length)];
      if (runner === undefined) continue;
      if (event.kind === 'kill') runner.kill();
      else runner.freeze(event.millis);
      troubles.push({
        runnerId: runner.runnerId,
        fromMillis,
        toMillis: fromMillis + (event.kind === 'kill' ? 0 : event.millis),
      });
    }
  }
  await world.clock.advanceTo(END);
  return { world, troubles };
}

/** Boundaries that some viewer who was there all the time did not get although some runner was. */
function missingBoundaries(world: SimulatedWorld): number[] {
  const got = new Set(world.deliveries.map(({ connectionId, sequence }) => `${connectionId} ${sequence}`));
  const missing: number[] = [];
  for (let boundary = START + INTERVAL; boundary < END - INTERVAL; boundary += INTERVAL) {
    const hasRunner = world.runners.some(
      ({ arrivedMillis, leftMillis, killedMillis }) =>
        arrivedMillis + SETTLING_IN_MILLIS < boundary && boundary < Math.min(leftMillis, killedMillis),
    );
    const isThere = ({ connectedMillis, disconnectedMillis = END }: Viewer) =>
      connectedMillis + ROSTER_MILLIS < boundary && boundary + SEND_WINDOW_MILLIS < disconnectedMillis;
    // When the roster cannot be read in time, the last one serves: a viewer who is not in it gets the next tick.
    const isRosterOld = world.failedRosters.some(
      (failedMillis) =>
        boundary - LEAD_MILLIS.promoted < failedMillis && failedMillis < boundary + ROSTER_WINDOW_MILLIS,
    );
    const isExcused = ({ connectedMillis }: Viewer) => isRosterOld && connectedMillis + 2 * INTERVAL > boundary;
    const isMissed = [...world.viewers].some(
      ([id, viewer]) => isThere(viewer) && !isExcused(viewer) && !got.has(`${id} ${boundary / INTERVAL}`),
    );
    if (hasRunner && isMissed) missing.push(boundary);
  }
  return missing;
}

function assertNothingTwiceNorLate(world: SimulatedWorld): void {
  const senders = new Map<number, string>();
  const copies = new Set<string>();
  for (const { sequence, runnerId, connectionId, sentMillis } of world.deliveries) {
    const copy = `${sequence} to ${connectionId}`;
    assert.ok(!copies.has(copy), `${copy} was sent twice`);
    assert.equal(senders.get(sequence) ?? runnerId, runnerId, `${sequence} was sent by two runners`);
    const lateMillis = sentMillis - boundaryMillis(sequence, INTERVAL);
    assert.ok(lateMillis >= 0 && lateMillis < SEND_WINDOW_MILLIS, `${copy} left ${lateMillis} ms after its boundary`);
    copies.add(copy);
    senders.set(sequence, runnerId);
  }
}

/** Outside of trouble nothing is missing; a runner that dies or freezes costs two ticks at most beside another. */
function assertLittleMissing(world: SimulatedWorld, troubles: readonly Trouble[]): void {
  const missing = missingBoundaries(world);
  const isNear = (boundary: number, { fromMillis, toMillis }: Trouble) =>
    fromMillis - SEND_WINDOW_MILLIS < boundary && boundary <= toMillis + TAKEOVER_MILLIS;
  for (const boundary of missing) {
    assert.ok(
      troubles.some((trouble) => isNear(boundary, trouble)),
      `${boundary} is missing, without trouble`,
    );
  }
  for (const trouble of troubles) {
    const isAlone = troubles.every(
      (other) =>
        other === trouble ||
        other.fromMillis > trouble.toMillis + 10_000 ||
        other.toMillis + 10_000 < trouble.fromMillis,
    );
    const isCovered = world.runners.some(
      ({ runnerId, arrivedMillis, leftMillis, killedMillis }) =>
        runnerId !== trouble.runnerId &&
        arrivedMillis + SETTLING_IN_MILLIS < trouble.fromMillis &&
        Math.min(leftMillis, killedMillis) > trouble.fromMillis + TAKEOVER_MILLIS,
    );
    const lost = missing.filter((boundary) => isNear(boundary, trouble));
    if (isAlone && isCovered) assert.ok(lost.length <= 2, `${lost.length} are missing beside a stand-by`);
  }
}

/** A viewer has a tick within two seconds of connecting, or within three when meanwhile the roster could not be read, or a
 *  runner came that got no answer to its arrival: it takes the later turn of a stand-by. No such promise when a runner died so
 *  shortly before that no other could know. */
function assertFirstTicksSoon(world: SimulatedWorld, troubles: readonly Trouble[]): void {
  for (const [connectionId, { connectedMillis, disconnectedMillis = END }] of world.viewers) {
    const isDelayed = [...world.failedRosters, ...world.failedArrivals].some(
      (failedMillis) => connectedMillis < failedMillis && failedMillis < connectedMillis + 2_000,
    );
    const dueMillis = connectedMillis + 2_000 + (isDelayed ? INTERVAL : 0);
    const isTroubled = troubles.some(
      ({ fromMillis, toMillis }) => fromMillis <= dueMillis && connectedMillis <= toMillis + TAKEOVER_MILLIS,
    );
    if (isTroubled || disconnectedMillis < dueMillis) continue;
    const first = world.deliveries.find((delivery) => delivery.connectionId === connectionId);
    assert.ok(first !== undefined && first.sentMillis <= dueMillis, `${connectionId} has waited for its first tick`);
  }
}

/** A leader and a stand-by are all that stay; who comes as a third relieves one of them before long. */
function assertNoCrowd({ runners }: SimulatedWorld): void {
  for (let millis = START; millis < END; millis += INTERVAL) {
    const there = runners.filter(
      ({ arrivedMillis, leftMillis }) => arrivedMillis + 6 * INTERVAL < millis && millis < leftMillis,
    );
    assert.ok(there.length <= 2, `${there.length} runners at once`);
  }
}

/** Once the rows of all are gone, so are the runners; later invocations leave at once. */
async function assertNoRunnerStays(world: SimulatedWorld): Promise<void> {
  const awake = Math.max(END, ...world.runners.map(({ frozenUntilMillis }) => frozenUntilMillis));
  // Rows without a `$disconnect` are found by a 410, once they are settled.
  await world.clock.advanceTo(awake + 15_000);
  if (world.living.length === 0) world.invoke();
  await world.clock.advanceTo(awake + 20_000);
  world.invoke();
  await world.clock.advanceTo(awake + 22_000);
  assert.deepEqual(
    world.living.map(({ runnerId }) => runnerId),
    [],
    'a runner stayed with nobody connected',
  );
}

const visits = fc.array(visit, { minLength: 1, maxLength: 6 });
const streams = fc.record({ latencies, lags, coldStarts, lostAnswers }).map((values) => ({
  latencyMillis: () => values.latencies.next().value,
  lagMillis: () => values.lags.next().value,
  coldStartMillis: () => values.coldStarts.next().value,
  fault: () => values.lostAnswers.next().value,
}));

/** The clock keeps its promises while no runner dies. */
export async function whileNoRunnerDies(numRuns: number): Promise<void> {
  const histories = fc.asyncProperty(schedule, visits, streams, async (invocations, visits, options) => {
    const { world } = await play([...invocations, ...visits], options);
    assertNothingTwiceNorLate(world);
    assertLittleMissing(world, []);
    assertFirstTicksSoon(world, []);
    assertNoCrowd(world);
    await assertNoRunnerStays(world);
  });
  await fc.assert(histories, { numRuns });
}

/** The clock keeps its promises when runners are killed and frozen. */
export async function whenRunnersDie(numRuns: number): Promise<void> {
  const deaths = fc.array(trouble, { minLength: 1, maxLength: 6 });
  const histories = fc.asyncProperty(
    schedule,
    visits,
    deaths,
    streams,
    async (invocations, visits, deaths, options) => {
      const { world, troubles } = await play([...invocations, ...visits, ...deaths], options);
      assertNothingTwiceNorLate(world);
      assertLittleMissing(world, troubles);
      assertFirstTicksSoon(world, troubles);
      await assertNoRunnerStays(world);
    },
  );
  await fc.assert(histories, { numRuns });
}
