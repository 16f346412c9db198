// The scheduled function: one run of the relay per invocation. Ticks go out in here.

import { makeConnectionsClient, makeTableClient } from './aws/clients.ts';
import { makeDynamoConnectionStore } from './aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from './aws/dynamo-relay-store.ts';
import { makeGatewayPoster } from './aws/gateway-poster.ts';
import { loadConfig } from './config.ts';
import { runRelay } from './domain/relay.ts';
import type { BroadcastEvent, LambdaContext } from './events.ts';
import { makeLog } from './log.ts';
import { systemClock } from './system-clock.ts';

/** Posts in flight at most. At 20 ms each, 200 of them make the account's limit of 10,000 posts a second; the CPU that the
 *  SDK client takes for a post is the nearer bound. */
const POOL_SIZE = 200;

/** The table answers within some ten milliseconds. Two attempts of this length end while the tick may still be sent, so
 *  one answer that is lost costs no tick, and a table that hangs costs the next ones nothing. */
const CLAIM_TIMEOUT_MILLIS = 300;

/** Kept free before the function's timeout, so that a run always ends with its report. */
const FAREWELL_MILLIS = 1_000;

const config = loadConfig(process.env);
const log = makeLog('broadcast');
const connections = makeDynamoConnectionStore(makeTableClient(), config.tableName);
const relay = makeDynamoRelayStore(makeTableClient(CLAIM_TIMEOUT_MILLIS), config.tableName);

export async function handler(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  const runner = {
    // Not the request's id: an event that is delivered twice has the same one twice, and the relay tells runners apart by it.
    runnerId: crypto.randomUUID(),
    intervalMillis: config.intervalMillis,
    leaveAtMillis: systemClock.now() + context.getRemainingTimeInMillis() - FAREWELL_MILLIS,
    poolSize: POOL_SIZE,
  };
  const { runnerId } = runner;
  // Of this run only: between two invocations the environment is frozen, and the sockets of the last one may be dead.
  const client = makeConnectionsClient(config.connectionsEndpoint, POOL_SIZE);
  const poster = makeGatewayPoster(client, systemClock, log);
  try {
    log.info('a runner arrived', { runnerId, requestId: context.awsRequestId, scheduledAt: event.scheduledAt });
    const report = await runRelay(runner, { clock: systemClock, connections, relay, poster, log });
    log.info('a runner left', { runnerId, ...report });
  } finally {
    client.destroy();
  }
}
