// The scheduled function: one run of the relay per invocation. Ticks go out in here.

import { makeConnectionsClient, makeTableClient } from './aws/clients.ts';
import { makeDynamoConnectionStore } from './aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from './aws/dynamo-relay-store.ts';
import { makeGatewayPoster } from './aws/gateway-poster.ts';
import { systemClock } from './aws/system-clock.ts';
import { loadConfig } from './config.ts';
import { runRelay } from './domain/relay.ts';
import type { BroadcastEvent, LambdaContext } from './events.ts';
import { makeLog } from './log.ts';

/** Posts in flight at most: 10,000 posts a second, the account's limit, at 20 ms each. */
const POOL_SIZE = 200;

/** Kept free before the function's timeout, so that a run always ends with its report. */
const FAREWELL_MILLIS = 1_000;

const config = loadConfig(process.env);
const log = makeLog('broadcast');
const tableClient = makeTableClient();
const ports = {
  clock: systemClock,
  connections: makeDynamoConnectionStore(tableClient, config.tableName),
  relay: makeDynamoRelayStore(tableClient, config.tableName),
  poster: makeGatewayPoster(makeConnectionsClient(config.connectionsEndpoint, POOL_SIZE), systemClock, log),
  log,
};

export async function handler(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  const runner = {
    runnerId: context.awsRequestId,
    intervalMillis: config.intervalMillis,
    leaveAtMillis: systemClock.now() + context.getRemainingTimeInMillis() - FAREWELL_MILLIS,
    poolSize: POOL_SIZE,
  };
  log.info('a runner arrived', { runnerId: runner.runnerId, scheduledAt: event.scheduledAt });
  const report = await runRelay(runner, ports);
  log.info('a runner left', { runnerId: runner.runnerId, ...report });
}
