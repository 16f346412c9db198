// The options of `npm run bench`, read from the command line.

import { parseArgs } from 'node:util';

export const USAGE = `Usage: npm run bench -- [options]

  --only <name>             fan-out, faults, ticks or imports (default all)
  --connections <numbers>   of the fan-out (default 1000,5000,10000)
  --rounds <number>         of the fan-out and the faults (default 3)
  --viewers <numbers>       of the ticks (default 100,1000,5000,10000)
  --seconds <number>        for which ticks are watched (default 10)
  --warm-up <seconds>       before that (default 20)
  --quick                   small: one round of 1000 connections, 50 viewers, 3 imports
  --json <file>             writes the figures there too
  --help                    print this
`;

export const PARTS = ['fan-out', 'faults', 'ticks', 'imports'] as const;

export type Part = (typeof PARTS)[number];

export interface FaultTicks {
  readonly warmUp: number;
  readonly watched: number;
}

export interface BenchOptions {
  readonly parts: readonly Part[];
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly viewers: readonly number[];
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly importRepetitions: number;
  /** Of each scene of the faults. */
  readonly faultTicks: FaultTicks;
  readonly json: string | undefined;
}

/** @returns 'help' when help is asked for @throws saying what is wrong */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      connections: { type: 'string' },
      rounds: { type: 'string' },
      viewers: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { only, quick, json } = values;
  const parts = PARTS.filter((part) => only === undefined || part === only);
  if (parts.length === 0) throw new Error(`--only must be one of ${PARTS.join(', ')}, got "${only}"`);
  return {
    parts,
    connections: parseCounts('--connections', values.connections ?? (quick ? '1000' : '1000,5000,10000')),
    rounds: parseCount('--rounds', values.rounds ?? (quick ? '1' : '3')),
    viewers: parseCounts('--viewers', values.viewers ?? (quick ? '50' : '100,1000,5000,10000')),
    seconds: parseCount('--seconds', values.seconds ?? '10'),
    warmUpSeconds: parseCount('--warm-up', values['warm-up'] ?? (quick ? '3' : '20')),
    importRepetitions: quick ? 3 : 10,
    faultTicks: quick ? { warmUp: 1, watched: 6 } : { warmUp: 12, watched: 12 },
    json,
  };
}

function parseCounts(option: string, text: string): number[] {
  return text.split(',').map((count) => parseCount(option, count));
}

function parseCount(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`${option} must be a whole number from 1 to 999999, got "${text}"`);
}
