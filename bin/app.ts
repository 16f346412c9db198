// The CDK app. Context sets what most deployments change: `-c interval=5 -c maxViewers=1000 -c shards=2`. The stack's other
// properties are set here.

import { Duration } from 'aws-cdk-lib';
import { MAX_VIEWERS_LIMIT, parseCount, parseIntervalSeconds, parseShards } from '../lambdas/config.ts';
import { makeApp } from '../lib/app.ts';
import { monthlyCost } from '../lib/cost.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const context = (key: string, fallback: number) => String(app.node.tryGetContext(key) ?? fallback);
const intervalSeconds = parseIntervalSeconds('-c interval', context('interval', 1));
const maxViewers = parseCount('-c maxViewers', context('maxViewers', 100), MAX_VIEWERS_LIMIT);
const shards = parseShards('-c shards', context('shards', 1));
new TickcastStack(app, 'Tickcast', { interval: Duration.seconds(intervalSeconds), maxViewers, shards });
const { totalUsd } = monthlyCost({ viewers: maxViewers, intervalSeconds, shards });
process.stderr.write(
  `The worst month, ${maxViewers} viewers for all of it: about $${Math.ceil(totalUsd)} (npm run cost)\n`,
);
