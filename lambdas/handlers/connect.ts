// `$connect`: admits or refuses a viewer, stores the connection, and wakes a runner when none is running. The gateway
// answers the handshake after this function has returned. It refuses the handshake with any status that is not 2xx.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html

import { makeTableClient } from '../aws/clients.ts';
import { makeDynamoConnectionStore } from '../aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../aws/dynamo-relay-store.ts';
import { makeRefusalMetrics } from '../aws/emf-metrics.ts';
import { makeSqsWakeQueue } from '../aws/sqs-wake-queue.ts';
import { loadConnectConfig } from '../config.ts';
import { type ConnectingViewer, connectViewer } from '../domain/connecting.ts';
import { partitionOf } from '../domain/connection.ts';
import { shardOf } from '../domain/layout.ts';
import { viewerAddress } from '../domain/viewer-address.ts';
import type { ConnectEvent, LambdaContext, ProxyResult } from '../events.ts';
import { excerpt, makeLog } from '../log.ts';
import { hasOriginSecret, ORIGIN_SECRET_HEADER } from '../origin-secret.ts';
import { systemClock } from '../system-clock.ts';

/** Maximum of cookie names in a log line. A viewer can send kilobytes of cookies. */
const MAX_LOGGED_COOKIES = 10;

const config = loadConnectConfig(process.env);
const log = makeLog('connect');
const client = makeTableClient();
const connections = makeDynamoConnectionStore(client, config.tableName);

export async function handler(event: ConnectEvent, context: LambdaContext): Promise<ProxyResult> {
  log.begin(context);
  const { connectionId, connectedAt, identity } = event.requestContext;
  const isThroughSite = hasOriginSecret(headerOf(event, ORIGIN_SECRET_HEADER), config.originSecret);
  // X-Forwarded-For is trusted only if the secret proves that the request came through CloudFront.
  const isForwarded = isThroughSite && config.originSecret !== undefined;
  const viewer = {
    isThroughSite,
    connectionId,
    connectedAtMillis: connectedAt,
    origin: headerOf(event, 'origin'),
    viewerId: event.queryStringParameters?.id,
    address: isForwarded ? viewerAddress(headerOf(event, 'x-forwarded-for'), identity.sourceIp) : identity.sourceIp,
  };
  const shard = shardOf(partitionOf(connectionId), config.shards);
  const admission = await connectViewer(viewer, config, {
    clock: systemClock,
    connections,
    relay: makeDynamoRelayStore(client, config.tableName, { shard, shards: config.shards }),
    queue: makeSqsWakeQueue(client, {
      queueUrl: config.wakeQueueUrls[shard] ?? '',
      endpoint: config.queueEndpoint,
      shard,
      clock: systemClock,
    }),
    log,
  });
  if (!admission.admitted) {
    const { statusCode, reason, remedy } = admission;
    log.warn('refused a viewer', { ...factsOf(viewer), statusCode, reason, remedy });
    makeRefusalMetrics(context).refused(statusCode);
    return { statusCode, body: reason };
  }
  log.info('a viewer connected', { ...factsOf(viewer), cookies: cookieNames(event) });
  return { statusCode: 200 };
}

/** @returns the facts to log about a viewer, with texts from the viewer cut */
function factsOf(viewer: ConnectingViewer): Record<string, unknown> {
  const { origin, viewerId, address } = viewer;
  return {
    ...viewer,
    origin: origin && excerpt(origin),
    viewerId: viewerId && excerpt(viewerId),
    address: excerpt(address),
  };
}

function headerOf(event: ConnectEvent, name: string): string | undefined {
  const key = Object.keys(event.headers).find((header) => header.toLowerCase() === name);
  return key === undefined ? undefined : event.headers[key];
}

/** Leaves out values, because they may be secrets, and cookies without `=`, because their whole text is a value.
 *  @returns the names of the first cookies, cut */
function cookieNames(event: ConnectEvent): string[] {
  const cookies = headerOf(event, 'cookie')?.split(';') ?? [];
  const names = cookies.filter((cookie) => cookie.includes('=')).map((cookie) => cookie.split('=', 1)[0]?.trim() ?? '');
  return names
    .filter((name) => name !== '')
    .slice(0, MAX_LOGGED_COOKIES)
    .map(excerpt);
}
