// The @connections API on a bad day, in a process of its own: a part of the connections is answered as their ids say, and
// for a while everybody is throttled when a post to `storm` asks for it.

import { type Answer, startScriptedGateway } from '../support/scripted-gateway.ts';
import { endWithParent, tellParent } from './child.ts';
import { STORM_ID, STORM_MILLIS, TROUBLES, type Trouble } from './troubles.ts';

/** What the gateway tells its parent when it is ready. */
export interface FaultyGateway {
  readonly endpoint: string;
}

endWithParent();
let stormUntilMillis = 0;
const { endpoint } = await startScriptedGateway({ after: () => {} }, (connectionId): Answer => {
  const now = Date.now();
  if (connectionId === STORM_ID) stormUntilMillis = now + STORM_MILLIS;
  if (now < stormUntilMillis) return TROUBLES.throttled;
  return TROUBLES[connectionId.split('-', 1)[0] as Trouble] ?? { statusCode: 200 };
});
tellParent({ endpoint } satisfies FaultyGateway);
