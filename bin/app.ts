// The CDK app. Context sets what most deployments change: `-c interval=5 -c maxViewers=1000 -c shards=2`. The stack's other
// properties are set here.

import { Duration } from 'aws-cdk-lib';
import { MAX_VIEWERS_LIMIT, parseCount, parseIntervalSeconds, parseShards } from '../lambdas/config.ts';
import { makeApp } from '../lib/app.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const context = (key: string, fallback: number) => String(app.node.tryGetContext(key) ?? fallback);
new TickcastStack(app, 'Tickcast', {
  interval: Duration.seconds(parseIntervalSeconds('-c interval', context('interval', 1))),
  maxViewers: parseCount('-c maxViewers', context('maxViewers', 100), MAX_VIEWERS_LIMIT),
  shards: parseShards('-c shards', context('shards', 1)),
});
