// `npm run bench`: measures the cost of a post, a tick and a cold start on this machine, and compares it with other
// software. Prints tables to stdout and progress to stderr. There are no time limits. It exits with 1 if a Tickcast
// viewer missed a tick or received one more than once.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCommandLine } from '../../commands/common/command-line.ts';
import { fanOutRows, measureFanOut } from './fan-out.ts';
import { faultsRows, measureFaults, stormRows } from './faults.ts';
import { importRows, measureImports } from './imports.ts';
import { parseBenchOptions, USAGE } from './options.ts';
import { measureRoster, rosterRows } from './roster.ts';
import { formatTable } from './table.ts';
import { measureTicks, NOT_INSTALLED, ticksRows } from './ticks.ts';

const options = readCommandLine('npm run bench', USAGE, parseBenchOptions);
const folder = mkdtempSync(join(tmpdir(), 'tickcast-bench-'));
// A signal must run this handler too. Servers and clients exit when this process exits.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const progress = (text: string) => process.stderr.write(`${text}\n`);
const date = new Date().toISOString().slice(0, 10);
const machine = `${cpus().length} × ${cpus()[0]?.model}`;
const node = process.versions.node;
process.stdout.write(`${date}, ${machine}, Node ${node}\n`);

const figures: Record<string, unknown> = { date, machine, node };
if (options.parts.includes('imports')) {
  const imports = await measureImports({ repetitions: options.importRepetitions, folder, progress });
  print('Import of each function’s bundle in a fresh process, medians', formatTable(importRows(imports)));
  figures.imports = imports;
}
if (options.parts.includes('fan-out')) {
  const fanOut = await measureFanOut({ ...options, folder, progress });
  const title = `A post to the @connections API, warm, median of ${options.rounds} runs (×: times cheaper)`;
  print(title, formatTable(fanOutRows(fanOut)));
  figures.fanOut = fanOut;
}
if (options.parts.includes('faults')) {
  const { faults, storm } = await measureFaults({ ...options, progress });
  print('Ticks to healthy viewers while posts to other viewers fail, warm', formatTable(faultsRows(faults)));
  print('Half a second of 429 for all posts, and the seconds after it', formatTable(stormRows(storm)));
  figures.faults = { faults, storm };
}
if (options.parts.includes('roster')) {
  const roster = await measureRoster({ ...options, progress });
  print('Reading the roster from a table that answers at once, warm, medians', formatTable(rosterRows(roster)));
  figures.roster = roster;
}
if (options.parts.includes('ticks')) {
  const ticks = await measureTicks({ ...options, folder, progress });
  const note = ticks.tornado === NOT_INSTALLED ? `Tornado: ${NOT_INSTALLED}\n` : '';
  print(`Ticks that viewers received in ${options.seconds} seconds`, formatTable(ticksRows(ticks.figures)) + note);
  figures.ticks = ticks;
  const ours = ticks.figures.filter(({ system }) => system === 'Tickcast');
  if (ours.some(({ missing, duplicates }) => missing > 0 || duplicates > 0)) process.exitCode = 1;
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit();

function print(title: string, table: string): void {
  process.stdout.write(`\n${title}\n\n${table}`);
}
