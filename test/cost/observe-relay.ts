// Counts what the runners of a shard do in half an hour of simulated time.

import { SimulatedWorld } from '../support/simulated-world.ts';

const START = 1_763_861_880_000;

/** Minutes until the counting begins, and of the counting. */
const SETTLING = 5;
const COUNTED = 30;

const PHASES = 7;

/** What was seen in a minute, on average. */
export interface Observation {
  /** Calls of the stores. */
  readonly claims: number;
  readonly reads: number;
  readonly rosters: number;
  /** Requests to the queue, and the messages in them. */
  readonly sends: number;
  readonly messages: number;
  readonly invocations: number;
  readonly billedSeconds: number;
  readonly ticks: number;
  /** Records of measurements. */
  readonly records: number;
}

/** One viewer stays, and the schedule fires each minute. Table and queue answer after 10 ms, a post after 20 ms.
 *  @returns averages over phases of the schedule */
export async function observe(intervalSeconds: number): Promise<Observation> {
  // Spread over a minute, and over an interval of any length.
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
    // Environments stay warm: a runner comes each minute at least.
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
  await play(0, SETTLING);
  await connected;
  const before = countAll();
  await play(SETTLING, SETTLING + COUNTED);
  const after = countAll();
  const perMinute = Object.entries(after).map(([name, count]) => [
    name,
    (count - before[name as keyof typeof before]) / COUNTED,
  ]);
  const billedMillis = world.billedMillis(momentOf(SETTLING), momentOf(SETTLING + COUNTED));
  return { ...Object.fromEntries(perMinute), billedSeconds: billedMillis / COUNTED / 1000 };
}

/** As SQS delivers: 16 ms late in the middle, 105 ms for one message in a hundred. */
function lateness(): () => number {
  let count = 0;
  return () => (++count % 50 === 0 ? 105 : 16);
}
