// Random histories of a deployment on simulated time: the events, and the faults of the world in the meantime.

import fc from 'fast-check';
import { Noise } from '../../support/noise.ts';
import { SimulatedWorld, type WorldOptions } from '../../support/simulated-world.ts';

export const START = 1_763_861_880_000;
const MINUTE = 60_000;
const MINUTES = 4;
export const END = START + MINUTES * MINUTE;

export type Event = { readonly atMillis: number } & (
  | { readonly kind: 'invoke'; readonly lateMillis: number }
  | { readonly kind: 'visit'; readonly stayMillis: number; readonly isTold: boolean }
  /** The next runner to be found, some time after it was found. */
  | { readonly kind: 'kill'; readonly runner: number; readonly afterMillis: number }
  | { readonly kind: 'freeze'; readonly runner: number; readonly afterMillis: number; readonly millis: number }
  | { readonly kind: 'step'; readonly runner: number; readonly afterMillis: number; readonly millis: number }
  | { readonly kind: 'step all'; readonly millis: number }
);

export interface History {
  readonly events: readonly Event[];
  /** Seed of all random behaviour of the world. */
  readonly seed: number;
}

const moment = fc.integer({ min: 0, max: MINUTES * MINUTE });

/** Schedules as EventBridge runs them: one invocation per minute, up to 59 s late. Some are invoked twice. At most two
 *  in a row are skipped. */
const schedule = fc
  .array(
    fc.record({
      delayMillis: fc.integer({ min: 0, max: 59_000 }),
      copies: fc.constantFrom(1, 1, 1, 2, 0),
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
        const lateMillis = delayMillis + copy * copyDelayMillis;
        return { kind: 'invoke', atMillis: minute * MINUTE + lateMillis, lateMillis };
      });
    });
  });

const visit: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('visit' as const),
  // Often shortly after each other, and often with no other viewer connected.
  atMillis: fc.oneof(moment, fc.integer({ min: MINUTE, max: MINUTE + 4_000 })),
  stayMillis: fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 3 * MINUTE })),
  isTold: fc.boolean(),
});

const onRunner = { atMillis: moment, runner: fc.nat(2), afterMillis: fc.integer({ min: 0, max: 2_500 }) };

export const death: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant('kill' as const), ...onRunner }),
  fc.record({ kind: fc.constant('freeze' as const), ...onRunner, millis: fc.integer({ min: 1, max: 20_000 }) }),
);

const HOURS = 2 * 3_600_000;

/** Error of a clock: any amount, and often one that is hard to detect. */
export const wrongMillis = fc.oneof(
  fc.integer({ min: -HOURS, max: HOURS }),
  fc.integer({ min: -20_000, max: 20_000 }),
  fc.integer({ min: -3_000, max: 3_000 }),
);

export const step: fc.Arbitrary<Event> = fc.record({
  kind: fc.constant('step' as const),
  ...onRunner,
  millis: wrongMillis,
});

/** @param troubles @default - none */
export function historiesOf(troubles: fc.Arbitrary<Event[]> = fc.constant([])): fc.Arbitrary<History> {
  const visits = fc.array(visit, { minLength: 1, maxLength: 6 });
  return fc.tuple(schedule, visits, troubles, fc.nat()).map(([invocations, visits, troubles, seed]) => {
    const events = [...invocations, ...visits, ...troubles].sort((a, b) => a.atMillis - b.atMillis);
    return { events, seed };
  });
}

/** A world with all faults that are possible while clocks are right: clocks are up to 50 ms off and drift. */
export function noisyWorld(seed: number): Omit<WorldOptions, 'startMillis'> {
  const noise = new Noise(seed);
  const latenessMillis = () => {
    const draw = noise.next();
    if (draw < 0.03) return noise.between(1_000, 5_000);
    return noise.between(0, draw < 0.33 ? 1_000 : 50);
  };
  return {
    latencyMillis: () => noise.between(2, 60),
    postMillis: () => noise.between(5, 40),
    coldStartMillis: () => noise.between(200, 700),
    staleMillis: () => noise.between(0, 400),
    fault: () => (noise.chance(0.04) ? 'answer lost' : 'none'),
    latenessMillis,
    copies: () => (noise.chance(0.02) ? 2 : 1),
    isLost: () => noise.chance(0.002),
    isWarm: () => noise.chance(0.7),
    clockOf: () => ({ offsetMillis: noise.between(-50, 50), driftPpm: noise.between(-50, 50) }),
  };
}

/** A fault that weakens the guarantees for a while. */
export interface Trouble {
  readonly kind: 'kill' | 'freeze' | 'thaw' | 'step' | 'step all' | 'clock wrong';
  readonly runnerId?: string;
  readonly atMillis: number;
}

export interface Play {
  readonly world: SimulatedWorld;
  /** In order of time. */
  readonly troubles: readonly Trouble[];
}

/** Plays the history to its end. Then all viewers leave, and faults end. */
export async function play({ events }: History, options: Omit<WorldOptions, 'startMillis'>): Promise<Play> {
  const fault: WorldOptions['fault'] = (...call) => (world.clock.now() < END && options.fault?.(...call)) || 'none';
  const world = new SimulatedWorld({ ...options, startMillis: START, fault });
  const { clock } = world;
  const troubles: Trouble[] = [];
  let visits = 0;

  async function stay(connectionId: string, { stayMillis, isTold }: { stayMillis: number; isTold: boolean }) {
    await world.connect(connectionId);
    await clock.sleepUntil(Math.min(END, clock.now() + stayMillis));
    await world.disconnect(connectionId, isTold);
  }

  async function trouble(event: Event & { kind: 'kill' | 'freeze' | 'step' }) {
    while (world.living.length === 0) await clock.sleepUntil(clock.now() + 50);
    const { living } = world;
    const runner = living[event.runner % living.length];
    await clock.sleepUntil(clock.now() + event.afterMillis);
    if (runner === undefined || runner.endedMillis <= clock.now() || clock.now() >= END) return;
    const { runnerId } = runner;
    const note = (kind: Trouble['kind'], atMillis = clock.now()) => troubles.push({ kind, runnerId, atMillis });
    note(event.kind);
    if (event.kind === 'kill') runner.kill();
    else if (event.kind === 'step') runner.machine.step(event.millis);
    else {
      runner.freeze(event.millis);
      note('thaw', clock.now() + event.millis);
    }
  }

  for (const event of events) {
    await clock.advanceTo(START + event.atMillis);
    if (event.kind === 'invoke') {
      const scheduledAtMillis = world.machine('schedule').now() - event.lateMillis;
      world.invoke({ trigger: { reason: 'schedule', scheduledAtMillis } });
    } else if (event.kind === 'visit') stay(`viewer-${visits++}`, event);
    else if (event.kind === 'step all') {
      world.stepAll(event.millis);
      troubles.push({ kind: 'step all', atMillis: clock.now() });
    } else trouble(event);
  }
  await clock.advanceTo(END);
  return { world, troubles: troubles.sort((a, b) => a.atMillis - b.atMillis) };
}

/** @throws Error with the smallest failing history, and how to play it again */
export async function assertHistories(
  histories: fc.Arbitrary<History>,
  check: (history: History) => Promise<void>,
  numRuns: number,
): Promise<void> {
  const { HISTORY_SEED: seed, HISTORY_PATH: path } = process.env;
  const again = { ...(seed && { seed: Number(seed) }), ...(path && { path, endOnFailure: true }) };
  const found = await fc.check(fc.asyncProperty(histories, check), { numRuns, ...again });
  if (!found.failed) return;
  const history = found.counterexample?.[0];
  const { errorInstance: error } = found;
  throw new Error(
    [
      error instanceof Error ? error.message : String(error),
      `Again with HISTORY_SEED=${found.seed} HISTORY_PATH=${found.counterexamplePath}`,
      `World of seed ${history?.seed}:`,
      ...(history?.events ?? []).map(({ kind, atMillis, ...facts }) => `${atMillis} ${kind} ${JSON.stringify(facts)}`),
    ].join('\n'),
    { cause: error },
  );
}
