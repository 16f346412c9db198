// What a gateway's bad day costs those who are well: ticks to viewers of whom a part is answered with 429, 410, 500, silence
// or a reset, beside the same viewers alone; and how soon a storm of 429 is forgotten.
// `npm run bench -- --only faults`

import { Child } from './child.ts';
import type { FaultsReport, FaultsTick } from './faults-client.ts';
import type { FaultyGateway } from './faulty-gateway.ts';
import type { FaultTicks } from './options.ts';
import { quantile, round } from './statistics.ts';
import type { Row } from './table.ts';
import { CALM_TICKS, TROUBLES } from './troubles.ts';

export interface FaultsOptions {
  readonly rounds: number;
  readonly faultTicks: FaultTicks;
  progress(text: string): void;
}

export interface FaultsFigures {
  readonly viewers: number;
  readonly trouble: string;
  /** In trouble, beside the viewers. */
  readonly troubled: number;
  /** Of the viewers without trouble: from the boundary to the gateway's answer. */
  readonly ageP50Millis: number;
  readonly ageP99Millis: number;
  /** Of the same, ticks that they did not get. */
  readonly missing: number;
  /** The pool holds 200. */
  readonly maxInFlight: number;
}

export interface StormFigures {
  readonly viewers: number;
  /** Of each tick, the storm's second first. */
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
    const run = async (trouble: string, troubled: number): Promise<FaultsTick[]> => {
      const client = new Child(new URL('./faults-client.ts', import.meta.url), {
        args: [endpoint, VIEWERS, troubled, trouble, faultTicks.warmUp, faultTicks.watched].map(String),
      });
      try {
        return (await client.message<FaultsReport>()).ticks;
      } finally {
        await client.stop();
      }
    };
    const scenes = [
      { trouble: 'none', troubled: 0 },
      ...Object.keys(TROUBLES).flatMap((trouble) => SHARES.map((share) => ({ trouble, troubled: VIEWERS * share }))),
    ];
    const ticks = scenes.map((): FaultsTick[] => []);
    for (let number = 1; number <= rounds; number++) {
      for (const [index, { trouble, troubled }] of scenes.entries()) {
        progress(`faults, round ${number} of ${rounds}: ${VIEWERS} viewers and ${troubled} in trouble, ${trouble}`);
        ticks[index]?.push(...(await run(trouble, troubled)));
      }
    }
    progress('faults: a storm of 429');
    const storm = await run('storm', 0);
    return {
      faults: scenes.map((scene, index) => ({ viewers: VIEWERS, ...scene, ...summarize(ticks[index] ?? []) })),
      storm: summarizeStorm(storm.slice(CALM_TICKS)),
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
    'in trouble': figure.troubled,
    trouble: figure.trouble,
    'age p50 ms': figure.ageP50Millis,
    'p99 ms': figure.ageP99Millis,
    missing: figure.missing,
    'in flight': figure.maxInFlight,
  }));
}

export function stormRows({ delivered, ageP99Millis }: StormFigures): Row[] {
  return delivered.map((count, second) => ({ second, delivered: count, 'p99 ms': ageP99Millis[second] ?? null }));
}
