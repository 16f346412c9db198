// The CDK app. Context sets what most deployments change, see lib/context.ts: `-c interval=5 -c maxViewers=1000 -c shards=2`.
// The stack's other properties are set here.

import { makeApp, orRefuse } from '../lib/app.ts';
import { propsOfContext } from '../lib/context.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const { worstMonth } = orRefuse(() => new TickcastStack(app, 'Tickcast', propsOfContext(app)));
const { viewers, usd } = worstMonth;
process.stderr.write(`The worst month, ${viewers} viewers for all of it: about $${usd} (npm run cost)\n`);
