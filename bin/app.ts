// The CDK app. `-c interval=5` sets the seconds from one tick to the next.

import { Duration } from 'aws-cdk-lib';
import { parseIntervalSeconds } from '../lambdas/config.ts';
import { makeApp } from '../lib/app.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const interval: unknown = app.node.tryGetContext('interval') ?? 1;
new TickcastStack(app, 'Tickcast', {
  interval: Duration.seconds(parseIntervalSeconds('-c interval', String(interval))),
});
