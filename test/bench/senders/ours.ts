// Our fan-out with our poster, wired as in lambdas/handlers/broadcast.ts.

import { makeGatewayPoster } from '../../../lambdas/aws/gateway-poster.ts';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { fanOut } from '../../../lambdas/domain/fan-out.ts';
import { Pace } from '../../../lambdas/domain/pace.ts';
import { makeLog } from '../../../lambdas/log.ts';
import { systemClock as clock } from '../../../lambdas/system-clock.ts';
import { sequenceAt } from '../../../protocol/tick.ts';
import { CREDENTIALS, INTERVAL_MILLIS, POOL_SIZE, REGION, type Send } from './sender.ts';

/** So far in the future that the benchmark's fan-out never reaches it. */
const NO_DEADLINE_MILLIS = 3_600_000;

export function makeOurSender(endpoint: string, connectionIds: readonly string[]): Send {
  const connections = connectionIds.map((connectionId) => makeConnection(connectionId, clock.now()));
  const credentials = async () => CREDENTIALS;
  const poster = makeGatewayPoster({ endpoint, region: REGION, credentials, clock, log: makeLog('bench') });
  const pace = new Pace({ maxInFlight: POOL_SIZE });
  return async () => {
    await poster.prepare(Math.min(POOL_SIZE, connections.length));
    const sequence = sequenceAt(clock.now(), INTERVAL_MILLIS);
    const deadlineMillis = clock.now() + NO_DEADLINE_MILLIS;
    const tick = { sequence, intervalMillis: INTERVAL_MILLIS, connections, deadlineMillis, pace };
    const { report } = await fanOut(tick, { clock, poster });
    return report.delivered;
  };
}
