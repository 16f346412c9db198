// The CDK app. Context sets what most deployments change, see lib/context.ts: `-c interval=5 -c maxViewers=1000 -c shards=2`.
// The stack's other properties are set here.

import { makeApp, orRefuse } from '../lib/app.ts';
import { propsOfContext } from '../lib/context.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const { fullMonth, clock } = orRefuse(() => new TickcastStack(app, 'Tickcast', propsOfContext(app)));
const { viewers, usd } = fullMonth;
process.stderr.write(`A month with all ${viewers} places taken: about $${usd} (npm run cost)\n`);
process.stderr.write(
  `Up to ${clock.concurrentExecutions} concurrent Lambda executions: a new account may have 10 (README)\n`,
);
