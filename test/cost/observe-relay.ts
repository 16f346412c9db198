// Counts the calls, messages and invocations of a shard's runners in half an hour of simulated time.

import { SimulatedWorld } from '../support/simulated-world.ts';

const START = 1_763_861_880_000;

/** Simulated minutes before the counting, and of the counting. */
const WARM_UP_MINUTES = 5;
const COUNTED_MINUTES = 30;

/** Number of simulations. In each, the schedule fires at another second of the minute. */
const PHASES = 7;

/** Average numbers per minute. */
export interface Observation {
  /** Calls of the stores: claims, reads of the relay, reads of the roster. */
  readonly claims: number;
  readonly reads: number;
  readonly rosters: number;
  /** Requests to the queue, and their messages. */
  readonly sends: number;
  readonly messages: number;
  readonly invocations: number;
  readonly billedSeconds: number;
  readonly ticks: number;
  /** Log lines with measurements. */
  readonly records: number;
}

/** One viewer stays connected, and the schedule fires each minute. A post takes 20 ms.
 *  @returns averages over phases of the schedule */
export async function observe(intervalSeconds: number): Promise<Observation> {
  // The phases are spread over the minute, and differ within intervals of any length.
  const phases = Array.from({ length: PHASES }, (_, index) => 300 + Math.round((index * 60_000) / PHASES));
  const seen = await Promise.all(phases.map((phaseMillis) => observePhase(intervalSeconds, phaseMillis)));
  const names = Object.keys(seen[0] ?? {}) as (keyof Observation)[];
  const averageOf = (name: keyof Observation) => seen.reduce((sum, one) => sum + one[name], 0) / seen.length;
  return Object.fromEntries(names.map((name) => [name, averageOf(name)])) as unknown as Observation;
}

async function observePhase(intervalSeconds: number, phaseMillis: number): Promise<Observation> {
  const world = new SimulatedWorld({
    startMillis: START,
    intervalMillis: intervalSeconds * 1000,
    postMillis: () => 20,
    latenessMillis: lateness(),
    // A runner starts at least once a minute, so environments stay warm.
    isWarm: () => true,
    coldStartMillis: () => 20,
  });
  const momentOf = (minute: number) => START + minute * 60_000 + phaseMillis;
  const play = async (fromMinute: number, toMinute: number) => {
    for (let minute = fromMinute; minute < toMinute; minute++) {
      await world.clock.advanceTo(momentOf(minute));
      world.invoke();
    }
    await world.clock.advanceTo(momentOf(toMinute) - 1);
  };
  const countAll = () => ({
    claims: world.calls.claim ?? 0,
    reads: world.calls.read ?? 0,
    rosters: world.calls.list ?? 0,
    sends: world.calls.send ?? 0,
    messages: world.messages.length,
    invocations: world.runners.length,
    ticks: world.deliveries.length,
    records: world.measurements.length,
  });
  const connected = world.connect('viewer');
  await play(0, WARM_UP_MINUTES);
  await connected;
  const before = countAll();
  const endMinute = WARM_UP_MINUTES + COUNTED_MINUTES;
  await play(WARM_UP_MINUTES, endMinute);
  const after = countAll();
  const perMinute = Object.entries(after).map(([name, count]) => [
    name,
    (count - before[name as keyof typeof before]) / COUNTED_MINUTES,
  ]);
  const billedMillis = world.billedMillis(momentOf(WARM_UP_MINUTES), momentOf(endMinute));
  return { ...Object.fromEntries(perMinute), billedSeconds: billedMillis / COUNTED_MINUTES / 1000 };
}

/** @returns how late each message is: 16 ms, and 105 ms for one message in fifty, similar to SQS */
function lateness(): () => number {
  let count = 0;
  return () => (++count % 50 === 0 ? 105 : 16);
}
