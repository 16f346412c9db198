// The scheduled function: one run of the relay per invocation. Ticks go out in here.

import { makeTableClient } from '../aws/clients.ts';
import { makeDynamoConnectionStore } from '../aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../aws/dynamo-relay-store.ts';
import { makeEmfMetrics } from '../aws/emf-metrics.ts';
import { makeGatewayPoster } from '../aws/gateway-poster.ts';
import { makeLambdaWaker } from '../aws/lambda-waker.ts';
import { loadBroadcastConfig } from '../config.ts';
import { runRelay } from '../domain/relay.ts';
import type { BroadcastEvent, LambdaContext } from '../events.ts';
import { makeLog } from '../log.ts';
import { systemClock } from '../system-clock.ts';

/** The table answers within some ten milliseconds. The relay itself asks again when it has no answer, so the client does
 *  not. */
const RELAY_TIMEOUT_MILLIS = 1_000;

/** Kept free before the function's timeout, so that a run always ends with its report. */
const FAREWELL_MILLIS = 1_000;

const config = loadBroadcastConfig(process.env);
const log = makeLog('broadcast');
const tableClient = makeTableClient();
const relayClient = makeTableClient({ timeoutMillis: RELAY_TIMEOUT_MILLIS, maxAttempts: 1 });
const connections = makeDynamoConnectionStore(tableClient, config.tableName);

export async function handler(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  try {
    await run(event, context);
  } catch (error) {
    await endEnvironment(error);
  }
}

/** Ends the process on an unforeseen error: a warm environment might run into it again. The error is thrown outside of the
 *  handler's promise, so the runtime logs it once with its stack, fails the invocation and exits. Another runner takes over.
 *  @returns never settles */
function endEnvironment(error: unknown): Promise<never> {
  setImmediate(() => {
    throw error;
  });
  return new Promise(() => {});
}

async function run(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  const { shard } = event;
  const { shards, intervalMillis, poolSize, maxViewersPerAddress, connectionsEndpoint } = config;
  if (!Number.isInteger(shard) || shard < 0 || shard >= shards) {
    // A schedule of a deployment with more shards.
    log.warn('there is no such shard', { shard, shards });
    return;
  }
  // Not the request's id: an event that is delivered twice has the same one twice, and the relay tells runners apart by it.
  const runnerId = crypto.randomUUID();
  const runner = {
    runnerId,
    shard,
    shards,
    intervalMillis,
    poolSize,
    maxPerAddress: maxViewersPerAddress && Math.ceil(maxViewersPerAddress / shards),
    leaveAtMillis: systemClock.now() + context.getRemainingTimeInMillis() - FAREWELL_MILLIS,
  };
  // Of this run only: between two invocations the environment is frozen, and the sockets of the last one may be dead.
  const poster = makeGatewayPoster({
    endpoint: connectionsEndpoint,
    region: await tableClient.config.region(),
    credentials: () => tableClient.config.credentials(),
    clock: systemClock,
    log,
  });
  const relay = makeDynamoRelayStore(relayClient, config.tableName, runner);
  const metrics = makeEmfMetrics(context.functionName, shard);
  const functionName = context.invokedFunctionArn;
  const waker = makeLambdaWaker(tableClient, {
    endpoint: config.lambdaEndpoint,
    functionName,
    event: { shard, wokenBy: runnerId },
  });
  try {
    log.info('a runner arrived', { runnerId, requestId: context.awsRequestId, ...event });
    const report = await runRelay(runner, { clock: systemClock, connections, relay, waker, poster, metrics, log });
    log.info('a runner left', { runnerId, ...report });
  } finally {
    poster.dispose();
  }
}
