// Plays one cell of a plan and sums up what that says about all of them.

import { monthlyCost } from '../../cost/monthly-cost.ts';
import { Cell, type CellFigures, type Phase } from './cell.ts';
import type { Plan } from './plan.ts';

export interface PhaseSummary {
  readonly ticks: number;
  readonly p50Millis: number;
  readonly p99Millis: number;
  /** Share of the copies that were due and that API Gateway did not take. */
  readonly missing: number;
}

export interface Simulation {
  readonly plan: Plan;
  readonly viewersOfCell: number;
  readonly returningToCell: number;
  readonly atRest: PhaseSummary;
  readonly duringReturn: PhaseSummary;
  readonly figures: CellFigures;
  /** From the loss of a cell until so many of its viewers had a tick again. */
  readonly back: { readonly p50Millis: number; readonly p99Millis: number; readonly allMillis: number };
  readonly notBack: number;
}

/** Three minutes at an interval of a minute, and fewer at shorter ones. */
function ticksAtRest(intervalSeconds: number): number {
  return Math.max(3, Math.ceil(20 / intervalSeconds));
}

export async function simulate(plan: Plan, seed: number): Promise<Simulation> {
  const { viewers, intervalSeconds, cells } = plan;
  const viewersOfCell = Math.ceil(viewers / cells);
  const returningToCell = cells === 1 ? 0 : Math.ceil(viewersOfCell / (cells - 1));
  const figures = await new Cell(plan, seed).play(viewersOfCell, returningToCell, ticksAtRest(intervalSeconds));
  const { returnMillis } = figures;
  const at = (share: number) => returnMillis[Math.ceil(returnMillis.length * share) - 1] ?? 0;
  return {
    plan,
    viewersOfCell,
    returningToCell,
    atRest: summaryOf(figures.atRest),
    duringReturn: summaryOf(figures.duringReturn),
    figures,
    back: { p50Millis: at(0.5), p99Millis: at(0.99), allMillis: at(1) },
    notBack: returningToCell - returnMillis.length,
  };
}

/** The bill of all cells. */
export function monthlyUsd({ viewers, intervalSeconds, cells, shards, memorySize }: Plan): number {
  const ofCell = { viewers: Math.ceil(viewers / cells), intervalSeconds, shards, broadcastMemorySize: memorySize };
  return cells * monthlyCost(ofCell).totalUsd;
}

function summaryOf({ ages, ticks, due, taken }: Phase): PhaseSummary {
  return {
    ticks,
    p50Millis: ages.quantile(0.5),
    p99Millis: ages.quantile(0.99),
    missing: due === 0 ? 0 : (due - taken) / due,
  };
}
