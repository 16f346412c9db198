// Measures how gateway faults delay the healthy viewers. Posts to some viewers get 429, 410, 500, no answer or a
// reset, and the figures are compared with the healthy viewers alone. Also measures the recovery after half a second
// of 429 for all posts. `npm run bench -- --only faults`

import { Child } from './child.ts';
import type { FaultsReport, FaultsTick } from './faults-client.ts';
import type { FaultyGateway } from './faulty-gateway.ts';
import type { FaultTicks } from './options.ts';
import { quantile, round } from './statistics.ts';
import type { Row } from './table.ts';
import { FAULTS, TICKS_BEFORE_STORM } from './troubles.ts';

export interface FaultsOptions {
  readonly rounds: number;
  readonly faultTicks: FaultTicks;
  progress(text: string): void;
}

export interface FaultsFigures {
  /** Healthy viewers. */
  readonly viewers: number;
  readonly fault: string;
  /** Viewers whose posts fail, in addition to the healthy ones. */
  readonly failing: number;
  /** Time from the boundary to the gateway's answer, for the healthy viewers. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Ticks that the healthy viewers did not receive. */
  readonly missing: number;
  /** The most posts in flight at the same time. The pool allows 200. */
  readonly maxInFlight: number;
}

export interface StormFigures {
  readonly viewers: number;
  /** One value for each tick. The first one is the tick in which the storm begins. */
  readonly delivered: readonly number[];
  readonly ageP99Millis: readonly (number | null)[];
}

export interface FaultsResult {
  readonly faults: FaultsFigures[];
  readonly storm: StormFigures;
}

const VIEWERS = 1_000;
const SHARES = [0.02, 0.1];

export async function measureFaults({ rounds, faultTicks, progress }: FaultsOptions): Promise<FaultsResult> {
  const gateway = new Child(new URL('./faulty-gateway.ts', import.meta.url));
  try {
    const { endpoint } = await gateway.message<FaultyGateway>();
    const run = async (fault: string, failing: number): Promise<FaultsTick[]> => {
      const client = new Child(new URL('./faults-client.ts', import.meta.url), {
        args: [endpoint, VIEWERS, failing, fault, faultTicks.warmUp, faultTicks.watched].map(String),
      });
      try {
        return (await client.message<FaultsReport>()).ticks;
      } finally {
        await client.stop();
      }
    };
    const scenes = [
      { fault: 'none', failing: 0 },
      ...Object.keys(FAULTS).flatMap((fault) => SHARES.map((share) => ({ fault, failing: VIEWERS * share }))),
    ];
    const ticks = scenes.map((): FaultsTick[] => []);
    for (let number = 1; number <= rounds; number++) {
      for (const [index, { fault, failing }] of scenes.entries()) {
        progress(`faults, round ${number} of ${rounds}: ${VIEWERS} healthy viewers, ${failing} failing (${fault})`);
        ticks[index]?.push(...(await run(fault, failing)));
      }
    }
    progress('faults: 429 for all posts');
    const storm = await run('storm', 0);
    return {
      faults: scenes.map((scene, index) => ({ viewers: VIEWERS, ...scene, ...summarize(ticks[index] ?? []) })),
      storm: summarizeStorm(storm.slice(TICKS_BEFORE_STORM)),
    };
  } finally {
    await gateway.stop();
  }
}

function summarize(ticks: readonly FaultsTick[]) {
  const ages = Float64Array.from(ticks.flatMap((tick) => [...tick.ages])).sort();
  return {
    ageP50Millis: round(quantile(ages, 0.5) ?? Number.NaN),
    ageP99Millis: round(quantile(ages, 0.99) ?? Number.NaN),
    missing: ticks.length * VIEWERS - ages.length,
    maxInFlight: Math.max(...ticks.map(({ maxInFlight }) => maxInFlight)),
  };
}

function summarizeStorm(ticks: readonly FaultsTick[]): StormFigures {
  return {
    viewers: VIEWERS,
    delivered: ticks.map(({ ages }) => ages.length),
    ageP99Millis: ticks.map(({ ages }) => quantile(ages.toSorted(), 0.99) ?? null),
  };
}

export function faultsRows(figures: readonly FaultsFigures[]): Row[] {
  return figures.map((figure) => ({
    viewers: figure.viewers,
    failing: figure.failing,
    fault: figure.fault,
    'age p50 ms': figure.ageP50Millis,
    'p99 ms': figure.ageP99Millis,
    missing: figure.missing,
    'in flight': figure.maxInFlight,
  }));
}

export function stormRows({ delivered, ageP99Millis }: StormFigures): Row[] {
  return delivered.map((count, second) => ({ second, delivered: count, 'p99 ms': ageP99Millis[second] ?? null }));
}
