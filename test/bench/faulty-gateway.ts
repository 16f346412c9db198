// An @connections API with faults, in its own process. The first word of a connection id selects the answer. A post to
// `storm` makes the gateway throttle all posts for a while.

import { type Answer, startScriptedGateway } from '../support/scripted-gateway.ts';
import { exitWithParent, sendToParent } from './child.ts';
import { FAULTS, type Fault, STORM_ID, STORM_MILLIS } from './troubles.ts';

/** The message to the parent when the gateway is ready. */
export interface FaultyGateway {
  readonly endpoint: string;
}

exitWithParent();
let stormUntilMillis = 0;
const { endpoint } = await startScriptedGateway({ after: () => {} }, (connectionId): Answer => {
  const now = Date.now();
  if (connectionId === STORM_ID) stormUntilMillis = now + STORM_MILLIS;
  if (now < stormUntilMillis) return FAULTS.throttled;
  return FAULTS[connectionId.split('-', 1)[0] as Fault] ?? { statusCode: 200 };
});
sendToParent({ endpoint } satisfies FaultyGateway);
