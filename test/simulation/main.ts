// `npm run simulate`: simulates the clock for a number of viewers within the quotas of AWS.

import { parseCommandLine, readCommandLine } from '../../commands/common/command-line.ts';
import { quotaOf } from '../../lib/quotas.ts';
import { parseMemorySize } from '../../lib/tickcast-clock.ts';
import {
  DEFAULT_BROADCAST_MEMORY,
  MAX_INTERVAL_SECONDS,
  MAX_REQUEST_QUOTA,
  MIN_INTERVAL_SECONDS,
  SHARD_COUNTS,
} from '../../protocol/limits.ts';
import { parseCount, parseIntervalSeconds, parseShards } from '../../protocol/settings.ts';
import { planFor, tableDemands } from './plan.ts';
import { FIGURES_HEAD, figuresRow, NEEDS_HEAD, needsRow, report } from './report.ts';
import { simulate } from './simulate.ts';

const MAX_VIEWERS = 10_000_000;
const MAX_CELLS = 10_000;

const USAGE = `Usage: npm run simulate -- [options]

  --viewers <number>    in all cells, up to ${MAX_VIEWERS} (default 10000)
  --interval <seconds>  from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --cells <number>      (default: as few as hold all viewers, plus one)
  --shards <number>     of each cell: ${SHARD_COUNTS.join(', ')} (default: as few as its viewers need)
  --memory <number>     MiB of the function that sends the ticks (default ${DEFAULT_BROADCAST_MEMORY})
  --quota <number>      requests a second of each cell’s account (default 10000)
  --seed <number>       of all random choices (default 1)
  --table               print the tables of docs/scale.md: what 10,000 to 10,000,000 viewers need at 1, 10 and 60 s, and
                        simulations of up to 1,000,000 viewers
  --help                print this
`;

const OPTIONS = {
  viewers: { type: 'string', default: '10000' },
  interval: { type: 'string', default: '1' },
  cells: { type: 'string' },
  shards: { type: 'string' },
  memory: { type: 'string', default: String(DEFAULT_BROADCAST_MEMORY) },
  quota: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
  table: { type: 'boolean', default: false },
} as const;

const { isTable, seed, demand, fixed } = readCommandLine('npm run simulate', USAGE, (args) =>
  parseCommandLine(args, OPTIONS, ({ viewers, interval, cells, shards, memory, quota, seed, table }) => ({
    isTable: table,
    seed: parseCount('--seed', seed, 2 ** 31 - 1, 0),
    demand: {
      viewers: parseCount('--viewers', viewers, MAX_VIEWERS),
      intervalSeconds: parseIntervalSeconds('--interval', interval),
      memorySize: parseMemorySize('--memory', memory),
      quota: quotaOf('', parseCount('--quota', quota, MAX_REQUEST_QUOTA)),
    },
    fixed: {
      ...(cells !== undefined && { cells: parseCount('--cells', cells, MAX_CELLS) }),
      ...(shards !== undefined && { shards: parseShards('--shards', shards) }),
    },
  })),
);

if (isTable) {
  const plans = tableDemands(demand).map((each) => planFor(each, fixed));
  process.stdout.write(NEEDS_HEAD + plans.map(needsRow).join(''));
  process.stdout.write(`\n${FIGURES_HEAD}`);
  for (const plan of plans.filter(({ viewers }) => viewers <= 1_000_000)) {
    process.stdout.write(figuresRow(await simulate(plan, seed)));
  }
} else process.stdout.write(report(await simulate(planFor(demand, fixed), seed)));
