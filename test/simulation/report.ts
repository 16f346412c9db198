// A simulation as text.

import { concurrentExecutions } from '../../lib/quotas.ts';
import { throttleFor } from '../../lib/throttle.ts';
import { ASSUMED, QUOTAS } from './assumptions.ts';
import { type Plan, rosterReadUnits } from './plan.ts';
import { monthlyUsd, type PhaseSummary, type Simulation } from './simulate.ts';
import type { RequestCounts } from './viewers.ts';

/** The viewer’s row and its place. */
const WRITES_PER_CONNECT = 2;

export function report(simulation: Simulation): string {
  const { plan, viewersOfCell, returningToCell, atRest, duringFailover, figures } = simulation;
  const { viewers, intervalSeconds, cells, shards, places, memorySize } = plan;
  const { table } = figures;
  return [
    `${count(viewers)} viewers, a tick every ${intervalSeconds} s: ${cells} cells of ${shards} shards at ${memorySize} MB, ${count(places)} places each.`,
    `One cell is simulated: ${count(viewersOfCell)} viewers at rest, then ${count(returningToCell)} of the ${count(viewersOfCell)} viewers of a lost cell.`,
    `Assumed: ${ASSUMED.postMicros} µs of CPU a post and ${ASSUMED.rowMicros} µs a row of the roster on a whole vCPU, ${ASSUMED.postTransitMillis.join(' to ')} ms to API Gateway (test/simulation/assumptions.ts).`,
    '',
    '                      at rest     during failover',
    ...phaseLines(atRest, duringFailover),
    '',
    `Posts: throttled ${count(figures.postsThrottled)}, shed ${count(figures.postsShed)}; ticks missed ${count(figures.ticksMissed)}`,
    requestLine('Handshakes of the lost cell’s viewers', figures.returns),
    requestLine('Renewals', figures.renewals),
    requestLine('Probes', figures.probes),
    recoveryLine(simulation),
    `Lambda: at most ${figures.concurrentExecutions} concurrent executions of ${count(QUOTAS.concurrentExecutions)}`,
    `DynamoDB, units in the busiest second: ${count(table.busiestSecond('writes'))} written of ${count(QUOTAS.tableWrites)}, ${count(table.busiestSecond('reads'))} read of ${count(QUOTAS.tableReads)}; calls throttled ${count(table.throttled)}`,
    `A month at rest: $${count(Math.round(monthlyUsd(plan)))}`,
    '',
  ].join('\n');
}

function phaseLines(atRest: PhaseSummary, duringFailover: PhaseSummary): string[] {
  const line = (name: string, of: (phase: PhaseSummary) => string) =>
    `${name.padEnd(16)}${of(atRest).padStart(13)}${of(duringFailover).padStart(20)}`;
  return [
    line('ticks', ({ ticks }) => count(ticks)),
    line('age p50', ({ p50Millis }) => `${count(p50Millis)} ms`),
    line('age p99', ({ p99Millis }) => `${count(p99Millis)} ms`),
    line('copies missing', ({ missing }) => percent(missing)),
  ];
}

function recoveryLine({ returningToCell, recovery }: Simulation): string {
  if (returningToCell === 0) return 'Recovery: no viewers came from a lost cell';
  const { p50Millis, p99Millis, maxMillis } = recovery;
  return `Recovery, until the next tick: 50 % after ${seconds(p50Millis)}, 99 % after ${seconds(p99Millis)}, all after ${seconds(maxMillis)}`;
}

function requestLine(name: string, { sent, throttled, refusedByLambda, refusedFull }: RequestCounts): string {
  return `${name}: ${count(sent)} sent; 429 from API Gateway ${count(throttled)}, no execution available ${count(refusedByLambda)}, cell full ${count(refusedFull)}`;
}

export const NEEDS_HEAD = `| Viewers | Interval | Cells | Shards | Places a cell | Executions | Connects, writes a second | Reads a tick | First limit | A month |
|---:|---:|---:|---:|---:|---:|---:|---:|---|---:|
`;

/** What a plan needs, by arithmetic alone. */
export function needsRow(plan: Plan): string {
  const throttle = throttleFor(plan.places, plan.quota);
  const connects = throttle.connects.rateLimit ?? 0;
  return tableRow([
    count(plan.viewers),
    `${plan.intervalSeconds} s`,
    count(plan.cells),
    count(plan.shards),
    count(plan.places),
    count(concurrentExecutions(plan.shards, throttle)),
    `${count(connects)}, ${count(WRITES_PER_CONNECT * connects)}`,
    count(rosterReadUnits(plan.places)),
    plan.firstLimit,
    dollars(monthlyUsd(plan)),
  ]);
}

export const FIGURES_HEAD = `| Viewers | Interval | Age p50, p99 | Age p99 in failover | Copies missing | Recovery p50, p99, max | Handshakes refused | Probes refused | Executions |
|---:|---:|---:|---:|---:|---:|---:|---:|---:|
`;

/** What a simulation of the plan gave. */
export function figuresRow({ plan, atRest, duringFailover, figures, recovery }: Simulation): string {
  return tableRow([
    count(plan.viewers),
    `${plan.intervalSeconds} s`,
    `${secondsOf(atRest.p50Millis)}, ${secondsOf(atRest.p99Millis)} s`,
    `${secondsOf(duringFailover.p99Millis)} s`,
    percent(duringFailover.missing),
    [recovery.p50Millis, recovery.p99Millis, recovery.maxMillis].map(seconds).join(', '),
    percent(refusedShare(figures.returns)),
    percent(refusedShare(figures.probes)),
    count(figures.concurrentExecutions),
  ]);
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}

function refusedShare({ sent, throttled, refusedByLambda, refusedFull }: RequestCounts): number {
  return sent === 0 ? 0 : (throttled + refusedByLambda + refusedFull) / sent;
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

function dollars(usd: number): string {
  return `$${count(Number(usd.toPrecision(3)))}`;
}

function seconds(millis: number): string {
  return millis === Number.POSITIVE_INFINITY ? 'never' : `${count(Math.ceil(millis / 1000))} s`;
}

function secondsOf(millis: number): string {
  return (millis / 1000).toFixed(2);
}

function percent(share: number): string {
  return `${(share * 100).toLocaleString('en-US', { maximumFractionDigits: 2 })} %`;
}
