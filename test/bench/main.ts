// `npm run bench`: what a post, a tick and a cold start cost on this machine, beside what others take for the same. Tables on
// stdout, progress on stderr. Asserts nothing about times; exits with 1 when a viewer of ours missed a tick or got one twice.

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
// Also when a signal ends the run: servers and clients end with this process.
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
  const title = `A post to the @connections API, warm, median of ${options.rounds} processes each (× is cheaper by)`;
  print(title, formatTable(fanOutRows(fanOut)));
  figures.fanOut = fanOut;
}
if (options.parts.includes('faults')) {
  const { faults, storm } = await measureFaults({ ...options, progress });
  print('Ticks to the viewers that are well beside some that are not, warm', formatTable(faultsRows(faults)));
  print('Half a second of 429 for everybody, and the seconds after it', formatTable(stormRows(storm)));
  figures.faults = { faults, storm };
}
if (options.parts.includes('roster')) {
  const roster = await measureRoster({ ...options, progress });
  print('The roster from a table that answers at once, warm, medians', formatTable(rosterRows(roster)));
  figures.roster = roster;
}
if (options.parts.includes('ticks')) {
  const ticks = await measureTicks({ ...options, folder, progress });
  const note = ticks.tornado === NOT_INSTALLED ? `Tornado: ${NOT_INSTALLED}\n` : '';
  print(`Ticks as viewers receive them, ${options.seconds} seconds each`, formatTable(ticksRows(ticks.figures)) + note);
  figures.ticks = ticks;
  const ours = ticks.figures.filter(({ system }) => system === 'Tickcast');
  if (ours.some(({ missing, twice }) => missing > 0 || twice > 0)) process.exitCode = 1;
}
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
process.exit();

function print(title: string, table: string): void {
  process.stdout.write(`\n${title}\n\n${table}`);
}
