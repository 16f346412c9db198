// A simulation as text.

import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { concurrentExecutions } from '../../lib/quotas.ts';
import { throttleFor } from '../../lib/throttle.ts';
import { ASSUMED, QUOTAS } from './assumptions.ts';
import type { Plan } from './plan.ts';
import { monthlyUsd, type PhaseSummary, type Simulation } from './simulate.ts';

/** The viewer’s row and its place. */
const WRITES_A_CONNECT = 2;

const READ_UNIT_BYTES = 4_096;

export function report(simulation: Simulation): string {
  const { plan, viewersOfCell, returningToCell, atRest, duringReturn, figures, back, notBack } = simulation;
  const { viewers, intervalSeconds, cells, shards, places, memorySize } = plan;
  const { refused, table } = figures;
  const throttle = throttleFor(places, plan.quota);
  return [
    `${count(viewers)} viewers, a tick every ${intervalSeconds} s: ${cells} cells of ${shards} shards at ${memorySize} MB, ${count(places)} places each.`,
    `One cell is played, and stands for all: ${count(viewersOfCell)} viewers at rest, then ${count(returningToCell)} of the ${count(viewersOfCell)} of a cell that is lost.`,
    `Assumed: ${ASSUMED.postMicros} µs of CPU a post and ${ASSUMED.rowMicros} µs a row of the roster on a whole vCPU, ${ASSUMED.postWayMillis.join(' to ')} ms to API Gateway (test/simulation/assumptions.ts).`,
    '',
    '                      at rest   during the return',
    ...phaseLines(atRest, duringReturn),
    '',
    `429 to posts ${count(refused.posts)}, to handshakes ${count(refused.handshakes)}, to probes ${count(refused.messages)}; posts shed ${count(figures.shed)}; ticks missed ${count(figures.ticksMissed)}`,
    `Handshakes ${count(figures.handshakes)}; refused because the cell was full ${count(figures.refusedFull)}, because no execution was free ${count(figures.refusedByLambda)}`,
    `Back with a tick: half after ${seconds(back.p50Millis)}, 99 % after ${seconds(back.p99Millis)}, all after ${seconds(back.allMillis)}${notBack > 0 ? `; NOT BACK: ${notBack}` : ''}`,
    `Lambda: ${figures.concurrentExecutions} executions at the same time of ${count(QUOTAS.concurrentExecutions)}; the throttle admits ${concurrentExecutions(shards, throttle)}`,
    `DynamoDB, units in the busiest second: ${count(table.busiest('writes'))} written of ${count(QUOTAS.tableWrites)}, ${count(table.busiest('reads'))} read of ${count(QUOTAS.tableReads)}; calls throttled ${count(table.throttled)}`,
    `A month at rest: $${count(Math.round(monthlyUsd(plan)))}`,
    '',
  ].join('\n');
}

function phaseLines(atRest: PhaseSummary, duringReturn: PhaseSummary): string[] {
  const line = (name: string, of: (phase: PhaseSummary) => string) =>
    `${name.padEnd(16)}${of(atRest).padStart(13)}${of(duringReturn).padStart(20)}`;
  return [
    line('ticks', ({ ticks }) => count(ticks)),
    line('age p50', ({ p50Millis }) => `${count(p50Millis)} ms`),
    line('age p99', ({ p99Millis }) => `${count(p99Millis)} ms`),
    line('copies missing', ({ missing }) => percent(missing)),
  ];
}

export const NEEDS_HEAD = `| Viewers | Interval | Cells | Shards | Places a cell | Executions a cell | Writes a second after a cut | Reads a tick | Binds first | A month |
|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|
`;

/** What a plan needs, by arithmetic alone. */
export function needsRow(plan: Plan): string {
  const { viewers, intervalSeconds, cells, shards, places, quota, bound } = plan;
  const throttle = throttleFor(places, quota);
  const cellsOf = [
    count(viewers),
    `${intervalSeconds} s`,
    count(cells),
    count(shards),
    count(places),
    count(concurrentExecutions(shards, throttle)),
    count(WRITES_A_CONNECT * (throttle.connects.rateLimit ?? 0)),
    count(Math.ceil((places * ASSUMPTIONS.connectionRowBytes) / READ_UNIT_BYTES)),
    bound === 'posts' ? 'API Gateway’s requests' : 'CPU for the roster',
    dollars(monthlyUsd(plan)),
  ];
  return `| ${cellsOf.join(' | ')} |\n`;
}

export const TABLE_HEAD = `| Viewers | Interval | Cells | Shards | Age p50, p99 | While a cell’s viewers return: p99 | missing | Half back, all back | 429 to handshakes | A month |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
`;

export function tableRow({ plan, atRest, duringReturn, figures, back }: Simulation): string {
  const cells = [
    count(plan.viewers),
    `${plan.intervalSeconds} s`,
    count(plan.cells),
    count(plan.shards),
    `${secondsOf(atRest.p50Millis)}, ${secondsOf(atRest.p99Millis)} s`,
    `${secondsOf(duringReturn.p99Millis)} s`,
    percent(duringReturn.missing),
    `${seconds(back.p50Millis)}, ${seconds(back.allMillis)}`,
    percent(figures.refused.handshakes / Math.max(1, figures.handshakes)),
    dollars(monthlyUsd(plan)),
  ];
  return `| ${cells.join(' | ')} |\n`;
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function dollars(usd: number): string {
  return `$${count(Number(usd.toPrecision(3)))}`;
}

function seconds(millis: number): string {
  return `${count(Math.ceil(millis / 1000))} s`;
}

function secondsOf(millis: number): string {
  return (millis / 1000).toFixed(2);
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;
}
