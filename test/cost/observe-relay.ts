// Counts what the runners of a shard do in an hour of simulated time.

import { SimulatedWorld } from '../support/simulated-world.ts';

const START = 1_763_861_880_000;

export interface Observation {
  /** Calls of the stores. */
  readonly perMinute: Readonly<Record<'claim' | 'standBy' | 'arrive' | 'list', number>>;
  /** Average number of runners, in the worst phase of the schedule. */
  readonly runnersMost: number;
}

/** One viewer stays, and there is an invocation each minute. */
export async function observe(intervalSeconds: number): Promise<Observation> {
  const perMinute = { claim: 0, standBy: 0, arrive: 0, list: 0 };
  let runnersMost = 0;
  for (const phaseMillis of [300, 16_300, 59_900]) {
    const calls = { ...perMinute };
    for (const call of Object.keys(calls)) calls[call as keyof typeof calls] = 0;
    const world = new SimulatedWorld({ startMillis: START, intervalMillis: intervalSeconds * 1000 });
    countCalls(world.relay(), calls);
    countCalls(world.connections, calls);
    const minute = async (index: number) => {
      await world.clock.advanceTo(START + index * 60_000 + phaseMillis);
      world.invoke();
    };
    world.connect('viewer');
    for (let index = 0; index < 10; index++) await minute(index);
    await world.clock.advanceTo(START + 10 * 60_000 + phaseMillis - 1);
    const before = { ...calls };
    for (let index = 10; index < 70; index++) await minute(index);
    await world.clock.advanceTo(START + 70 * 60_000 + phaseMillis - 1);

    for (const call of Object.keys(calls) as (keyof typeof calls)[]) {
      perMinute[call] = (calls[call] - before[call]) / 60;
    }
    const lives = world.runners.slice(10, 60).map(({ arrivedMillis, leftMillis }) => leftMillis - arrivedMillis);
    runnersMost = Math.max(runnersMost, lives.reduce((sum, millis) => sum + millis, 0) / lives.length / 60_000);
  }
  return { perMinute, runnersMost };
}

function countCalls(store: object, calls: Record<string, number>): void {
  for (const [name, act] of Object.entries(store)) {
    const counted = (...args: unknown[]) => {
      calls[name] = (calls[name] ?? 0) + 1;
      return act.apply(store, args);
    };
    Object.assign(store, { [name]: counted });
  }
}
