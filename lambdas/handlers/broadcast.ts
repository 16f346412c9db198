// The broadcast function, which sends the ticks. The schedule or a message starts it, and each invocation is one
// runner.

import { listenToDates, makeTableClient } from '../aws/clients.ts';
import { makeDynamoConnectionStore } from '../aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../aws/dynamo-relay-store.ts';
import { makeEmfMetrics } from '../aws/emf-metrics.ts';
import { makeGatewayPoster } from '../aws/gateway-poster.ts';
import { makeSqsWakeQueue } from '../aws/sqs-wake-queue.ts';
import { loadBroadcastConfig } from '../config.ts';
import { ClockProof } from '../domain/clock-proof.ts';
import { runRelay, type Trigger } from '../domain/relay.ts';
import type { BroadcastEvent, LambdaContext, QueuedWake } from '../events.ts';
import { makeLog } from '../log.ts';
import { systemClock } from '../system-clock.ts';

/** Timeout of a request for the relay item. The table usually answers in about ten milliseconds. The client does not
 *  retry, because the relay does. */
const RELAY_TIMEOUT_MILLIS = 1_000;

/** Time that a runner keeps free before the function's timeout, so that it can always log its report. */
const EXIT_RESERVE_MILLIS = 1_500;

const config = loadBroadcastConfig(process.env);
const log = makeLog('broadcast');
const tableClient = makeTableClient();
const relayClient = makeTableClient({ timeoutMillis: RELAY_TIMEOUT_MILLIS, maxAttempts: 1 });
const connections = makeDynamoConnectionStore(tableClient, config.tableName);
const proof = new ClockProof(systemClock);
listenToDates(relayClient, systemClock, (date) => proof.recordDate('table', date));

export async function handler(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  log.begin(context);
  try {
    await run(event, context);
  } catch (error) {
    await endEnvironment(error);
  }
}

/** Ends the process after an unexpected error, or when its clock is wrong, because the same environment might fail
 *  again. It throws the error outside the handler's promise. So the runtime logs the error once with its stack, fails
 *  the invocation and exits. Another runner takes over.
 *  @returns a promise that never settles */
function endEnvironment(error: unknown): Promise<never> {
  setImmediate(() => {
    throw error;
  });
  return new Promise(() => {});
}

async function run(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  const { shard, trigger } = parseEvent(event);
  const {
    shards,
    intervalMillis,
    poolSize,
    postsPerSecond,
    maxViewersPerAddress,
    connectionsEndpoint,
    refuseWrongClock,
  } = config;
  const queueUrl = config.wakeQueueUrls[shard];
  if (queueUrl === undefined) {
    log.warn('there is no such shard', { shard, shards });
    return;
  }
  // The relay distinguishes runners by this id. The request id does not serve: both deliveries of an event have the
  // same.
  const runnerId = crypto.randomUUID();
  const runner = {
    runnerId,
    shard,
    shards,
    intervalMillis,
    poolSize,
    postsPerSecond,
    refuseWrongClock,
    maxPerAddress: maxViewersPerAddress && Math.ceil(maxViewersPerAddress / shards),
    leaveAtMonotonicMillis: systemClock.monotonicMillis() + context.getRemainingTimeInMillis() - EXIT_RESERVE_MILLIS,
  };
  // Each run has its own poster: while the environment is frozen between invocations, sockets may break unnoticed.
  const poster = makeGatewayPoster({
    endpoint: connectionsEndpoint,
    region: await tableClient.config.region(),
    credentials: () => tableClient.config.credentials(),
    clock: systemClock,
    log,
    onDate: (date) => proof.recordDate('gateway', date),
  });
  const queue = makeSqsWakeQueue(tableClient, {
    queueUrl,
    endpoint: config.queueEndpoint,
    shard,
    clock: systemClock,
    onDate: (date) => proof.recordDate('queue', date),
  });
  const relay = makeDynamoRelayStore(relayClient, config.tableName, runner);
  const metrics = makeEmfMetrics(context, shard);
  const ports = { clock: systemClock, connections, relay, queue, poster, metrics, log, proof };
  try {
    log.info('a runner arrived', { runnerId, shard, trigger });
    const report = await runRelay(runner, trigger, ports);
    log.info('a runner left', { runnerId, ...report });
    if (report.exit === 'clock wrong')
      throw new Error('the clock of this environment is wrong, so it is not used again');
  } finally {
    poster.dispose();
  }
}

/** @returns why the runner was started, and its shard. The shard may not exist: a schedule or a message of an earlier
 *  deployment with more shards may still start runners. */
function parseEvent(event: BroadcastEvent): { readonly shard: number; readonly trigger: Trigger } {
  if (!('Records' in event)) {
    const scheduledAtMillis = Date.parse(event.scheduledAt);
    return { shard: event.shard, trigger: { reason: 'schedule', scheduledAtMillis } };
  }
  const [{ body, attributes }] = event.Records;
  const { shard, ...message } = JSON.parse(body) as QueuedWake;
  return { shard, trigger: { reason: message.reason, message, sentAtMillis: Number(attributes.SentTimestamp) } };
}
