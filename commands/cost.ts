// `npm run cost`: prints what a month would cost on AWS.

import { costReport, costTable } from '../cost/report.ts';
import { MAX_INTERVAL_SECONDS, MAX_VIEWERS_LIMIT, MIN_INTERVAL_SECONDS, SHARD_COUNTS } from '../protocol/limits.ts';
import { parseCount, parseIntervalSeconds, parseShards } from '../protocol/settings.ts';
import { parseCommandLine, readCommandLine } from './common/command-line.ts';

const USAGE = `Usage: npm run cost -- [options]

  --viewers <number>    viewers who are connected all month (default 100)
  --interval <seconds>  time from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --shards <number>     runners that share the viewers: ${SHARD_COUNTS.join(', ')} (default 1)
  --table               print the table of README.md: totals by interval and viewers
  --help                print this
`;

const OPTIONS = {
  viewers: { type: 'string', default: '100' },
  interval: { type: 'string', default: '1' },
  shards: { type: 'string', default: '1' },
  table: { type: 'boolean', default: false },
} as const;

const usage = readCommandLine('npm run cost', USAGE, (args) =>
  parseCommandLine(args, OPTIONS, ({ viewers, interval, shards, table }) => ({
    viewers: parseCount('--viewers', viewers, MAX_VIEWERS_LIMIT),
    intervalSeconds: parseIntervalSeconds('--interval', interval),
    shards: parseShards('--shards', shards),
    isTable: table,
  })),
);
process.stdout.write(usage.isTable ? costTable() : costReport(usage));
