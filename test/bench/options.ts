// The options of `npm run bench`.

import { parseCommandLine, UsageError } from '../../commands/common/command-line.ts';
import { parseCount } from '../../protocol/settings.ts';

export const USAGE = `Usage: npm run bench -- [options]

  --only <names>            which benchmarks: fan-out, faults, ticks, imports, roster (default: all)
  --connections <numbers>   connections for fan-out and roster (default 1000,5000,10000)
  --rounds <number>         rounds of fan-out and faults (default 3)
  --viewers <numbers>       viewers for ticks (default 100,1000,5000,10000)
  --seconds <number>        how long to watch ticks (default 10)
  --warm-up <seconds>       warm-up before ticks are watched (default 20)
  --quick                   a short run: one round of 1000 connections, 50 viewers, 3 imports
  --json <file>             also write the figures to this file
  --help                    print this help
`;

export const PARTS = ['fan-out', 'faults', 'ticks', 'imports', 'roster'] as const;

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
  /** Number of ticks for each case of the faults benchmark. */
  readonly faultTicks: FaultTicks;
  readonly json: string | undefined;
}

const OPTIONS = {
  only: { type: 'string' },
  connections: { type: 'string' },
  rounds: { type: 'string' },
  viewers: { type: 'string' },
  seconds: { type: 'string', default: '10' },
  'warm-up': { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'string' },
} as const;

const MAX_COUNT = 999_999;

/** @throws {UsageError} */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  return parseCommandLine(args, OPTIONS, ({ only, quick, json, ...values }) => {
    const named = only?.split(',') ?? PARTS;
    const parts = PARTS.filter((part) => named.includes(part));
    if (parts.length < named.length) throw new UsageError(`--only must be from ${PARTS.join(', ')}, got "${only}"`);
    return {
      parts,
      connections: parseNumbers('--connections', values.connections ?? (quick ? '1000' : '1000,5000,10000')),
      rounds: parseCount('--rounds', values.rounds ?? (quick ? '1' : '3'), MAX_COUNT),
      viewers: parseNumbers('--viewers', values.viewers ?? (quick ? '50' : '100,1000,5000,10000')),
      seconds: parseCount('--seconds', values.seconds, MAX_COUNT),
      warmUpSeconds: parseCount('--warm-up', values['warm-up'] ?? (quick ? '3' : '20'), MAX_COUNT),
      importRepetitions: quick ? 3 : 10,
      faultTicks: quick ? { warmUp: 1, watched: 6 } : { warmUp: 12, watched: 12 },
      json,
    };
  });
}

function parseNumbers(option: string, text: string): number[] {
  return text.split(',').map((number) => parseCount(option, number, MAX_COUNT));
}
