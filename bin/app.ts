// The CDK app. `-c interval=5` sets the seconds from one tick to the next.

import { App, Duration } from 'aws-cdk-lib';
import recommendedFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { parseIntervalSeconds } from '../lambdas/config.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = new App({ context: recommendedFlags });
const interval: unknown = app.node.tryGetContext('interval') ?? 1;
new TickcastStack(app, 'Tickcast', {
  interval: Duration.seconds(parseIntervalSeconds('-c interval', String(interval))),
});
