// The CDK app. `tickcast.json` has the settings of the stack. `-c interval=5 -c maxViewers=1000` overrides it: see
// lib/settings.ts.

import { environmentOf, makeApp, orRefuse } from '../lib/app.ts';
import { propsOf } from '../lib/settings.ts';
import { readSettings } from '../lib/settings-file.ts';
import { TickcastStack } from '../lib/tickcast-stack.ts';

const app = makeApp();
const { fullMonth, clock } = orRefuse(() => {
  const props = { ...propsOf(readSettings(app)), env: environmentOf(process.env) };
  return new TickcastStack(app, 'Tickcast', props);
});
const { viewers, usd } = fullMonth;
process.stderr.write(`A month with all ${viewers} places taken: about $${usd} (npm run cost)\n`);
process.stderr.write(
  `Up to ${clock.concurrentExecutions} concurrent Lambda executions: a new account may have 10 (docs/deployment.md)\n`,
);
