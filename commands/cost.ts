// `npm run cost`: what a month would cost on AWS.

import { parseArgs } from 'node:util';
import {
  MAX_INTERVAL_SECONDS,
  MAX_VIEWERS_LIMIT,
  MIN_INTERVAL_SECONDS,
  parseCount,
  parseIntervalSeconds,
  parseShards,
} from '../lambdas/config.ts';
import { costReport, costTable } from './cost-report.ts';

const USAGE = `Usage: npm run cost -- [options]

  --viewers <number>    connected all month (default 100)
  --interval <seconds>  from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --shards <number>     runners that share the viewers: 1, 2, 4, 8 or 16 (default 1)
  --table               totals over intervals and viewers, as in the README
  --help                print this
`;

try {
  process.stdout.write(run(process.argv.slice(2)));
} catch (error) {
  const [line] = (error as Error).message.split('\n', 1);
  process.stderr.write(`cost: ${line} (see npm run cost -- --help)\n`);
  process.exitCode = 2;
}

function run(args: string[]): string {
  const { values } = parseArgs({
    args,
    options: {
      viewers: { type: 'string', default: '100' },
      interval: { type: 'string', default: '1' },
      shards: { type: 'string', default: '1' },
      table: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return USAGE;
  if (values.table) return costTable();
  return costReport({
    viewers: parseCount('--viewers', values.viewers, MAX_VIEWERS_LIMIT),
    intervalSeconds: parseIntervalSeconds('--interval', values.interval),
    shards: parseShards('--shards', values.shards),
  });
}
