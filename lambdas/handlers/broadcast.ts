// The function that sends the ticks: one run of the relay per invocation, started by the schedule or by a message.

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

/** The table answers within some ten milliseconds. The relay itself asks again when it has no answer, so the client does
 *  not. */
const RELAY_TIMEOUT_MILLIS = 1_000;

/** Kept free before the function's timeout, so that a run always ends with its report. */
const ENDING_MILLIS = 1_500;

const config = loadBroadcastConfig(process.env);
const log = makeLog('broadcast');
const tableClient = makeTableClient();
const relayClient = makeTableClient({ timeoutMillis: RELAY_TIMEOUT_MILLIS, maxAttempts: 1 });
const connections = makeDynamoConnectionStore(tableClient, config.tableName);
const proof = new ClockProof(systemClock);
listenToDates(relayClient, systemClock, (heard) => proof.hear('table', heard));

export async function handler(event: BroadcastEvent, context: LambdaContext): Promise<void> {
  log.begin(context);
  try {
    await run(event, context);
  } catch (error) {
    await endEnvironment(error);
  }
}

/** Ends the process on an unforeseen error, or when its clock is wrong: a warm environment might run into it again. The error is
 *  thrown outside of the handler's promise, so the runtime logs it once with its stack, fails the invocation and exits. Another
 *  runner takes over.
 *  @returns never settles */
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
  // Not the request's id: an event that is delivered twice has the same one twice, and the relay tells runners apart by it.
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
    leaveAtMonotonicMillis: systemClock.monotonicMillis() + context.getRemainingTimeInMillis() - ENDING_MILLIS,
  };
  // Of this run only: between two invocations the environment is frozen, and the sockets of the last one may be dead.
  const poster = makeGatewayPoster({
    endpoint: connectionsEndpoint,
    region: await tableClient.config.region(),
    credentials: () => tableClient.config.credentials(),
    clock: systemClock,
    log,
    onDate: (heard) => proof.hear('gateway', heard),
  });
  const queue = makeSqsWakeQueue(tableClient, {
    queueUrl,
    endpoint: config.queueEndpoint,
    shard,
    clock: systemClock,
    onDate: (heard) => proof.hear('queue', heard),
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

/** @returns a shard that the deployment may not have, as when a schedule of one with more shards is still there */
function parseEvent(event: BroadcastEvent): { readonly shard: number; readonly trigger: Trigger } {
  if (!('Records' in event)) {
    const scheduledAtMillis = Date.parse(event.scheduledAt);
    return { shard: event.shard, trigger: { reason: 'schedule', scheduledAtMillis } };
  }
  const [{ body, attributes }] = event.Records;
  const { shard, ...message } = JSON.parse(body) as QueuedWake;
  return { shard, trigger: { reason: message.reason, message, sentAtMillis: Number(attributes.SentTimestamp) } };
}
