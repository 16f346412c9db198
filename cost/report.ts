// The monthly cost as text: a list of items for one usage, or the table of the README.

import { ASSUMPTIONS } from './assumptions.ts';
import { type CostItem, monthlyCost, probeGapSeconds, type Usage } from './monthly-cost.ts';
import { PRICES_AS_OF, PRICES_REGION } from './prices.ts';

const TABLE_INTERVALS = [1, 5, 10, 60];

/** The number of shards follows from the posts per second that one runner can send. */
const TABLE_VIEWERS = [
  { viewers: 10, shards: 1 },
  { viewers: 100, shards: 1 },
  { viewers: 1_000, shards: 1 },
  { viewers: 10_000, shards: 4 },
];

/** @returns lines of plain text: the assumptions, one line per item, and the total */
export function costReport(usage: Usage & { readonly shards: number }): string {
  const { viewers, intervalSeconds, shards } = usage;
  const { items, totalUsd } = monthlyCost(usage);
  const rows = items.map(rowOf);
  const each = viewers > 0 ? `, ${dollars(totalUsd / viewers)} a viewer` : '';
  return [
    `${count(viewers)} viewers, connected for 30 days; a tick every ${intervalSeconds} s; shards: ${shards}.`,
    `US dollars at the list prices of ${PRICES_REGION}, ${PRICES_AS_OF}, before free tiers and taxes (cost/prices.ts).`,
    `Assumed for each viewer: a sync probe every ${probeGapSeconds(intervalSeconds)} s, and every ${ASSUMPTIONS.connectionMinutes} minutes a new connection with ${ASSUMPTIONS.seriesProbes} more probes (cost/assumptions.ts).`,
    '',
    ...aligned([...rows, ['Total', '', '', dollars(totalUsd)]]),
    '',
    `${dollars(totalUsd)} a month${each}.`,
    '',
  ].join('\n');
}

/** @returns a Markdown table of totals, rounded to the dollar */
export function costTable(): string {
  const heads = TABLE_VIEWERS.map(
    ({ viewers, shards }) => `${count(viewers)} viewers${shards > 1 ? `, ${shards} shards` : ''}`,
  );
  const rows = TABLE_INTERVALS.map((intervalSeconds) => [
    `${intervalSeconds} s`,
    ...TABLE_VIEWERS.map((of) => `$${count(Math.round(monthlyCost({ ...of, intervalSeconds }).totalUsd))}`),
  ]);
  const lines = [['Interval', ...heads], ['---', ...heads.map(() => '---:')], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function rowOf({ service, what, quantity, unit, usd }: CostItem): string[] {
  return [service, what, `${count(quantity)} ${unit}`.trim(), dollars(usd)];
}

/** Aligns text to the left and figures to the right. */
function aligned(rows: readonly string[][]): string[] {
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
}

function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 10 ? 2 : 0 });
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: usd < 0.995 ? 4 : 2 })}`;
}
