// Plays one cell of a plan and summarizes what that says about all cells.

import { monthlyCost } from '../../cost/monthly-cost.ts';
import { makeRandom } from '../support/timeline.ts';
import { Cell, type CellFigures, type Phase } from './cell.ts';
import type { Plan } from './plan.ts';

export interface PhaseSummary {
  readonly ticks: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** Share of the due copies that API Gateway did not accept. */
  readonly missing: number;
}

export interface Simulation {
  readonly plan: Plan;
  readonly viewersOfCell: number;
  readonly returningToCell: number;
  readonly atRest: PhaseSummary;
  readonly duringFailover: PhaseSummary;
  readonly figures: CellFigures;
  /** From the loss of a cell until such a share of its viewers had a tick again. Infinite if that never happened. */
  readonly recovery: { readonly p50Millis: number; readonly p99Millis: number; readonly maxMillis: number };
}

/** @param seed of all random choices */
export async function simulate(plan: Plan, seed: number): Promise<Simulation> {
  const { viewers, cells, intervalSeconds } = plan;
  const viewersOfCell = Math.ceil(viewers / cells);
  const returningToCell = cells === 1 ? 0 : drawReturning(viewersOfCell, cells - 1, makeRandom(seed));
  const figures = await new Cell(plan, seed).play(viewersOfCell, returningToCell, ticksAtRest(intervalSeconds));
  const after = (share: number) =>
    figures.recoveryMillis[Math.max(0, Math.ceil(returningToCell * share) - 1)] ?? Number.POSITIVE_INFINITY;
  return {
    ...{ plan, viewersOfCell, returningToCell, figures },
    atRest: summaryOf(figures.atRest),
    duringFailover: summaryOf(figures.duringFailover),
    recovery: { p50Millis: after(0.5), p99Millis: after(0.99), maxMillis: after(1) },
  };
}

/** Twenty seconds, but at least three ticks. */
function ticksAtRest(intervalSeconds: number): number {
  return Math.max(3, Math.ceil(20 / intervalSeconds));
}

/** Each viewer of the lost cell chooses one of the others at random. @returns how many choose the one that is played */
function drawReturning(viewers: number, others: number, random: () => number): number {
  let returning = 0;
  for (let n = 0; n < viewers; n++) if (random() * others < 1) returning++;
  return returning;
}

/** The bill of all cells. */
export function monthlyUsd({ viewers, intervalSeconds, cells, shards, memorySize }: Plan): number {
  const ofCell = { viewers: Math.ceil(viewers / cells), intervalSeconds, shards, broadcastMemorySize: memorySize };
  return cells * monthlyCost(ofCell).totalUsd;
}

function summaryOf({ ages, ticks, due, accepted }: Phase): PhaseSummary {
  return {
    ticks,
    p50Millis: ages.quantile(0.5),
    p99Millis: ages.quantile(0.99),
    missing: due === 0 ? 0 : (due - accepted) / due,
  };
}
