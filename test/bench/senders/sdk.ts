// The AWS SDK's own client. One sender posts to all connections at once, as most examples do. The other one has a pool
// with as many sockets as posts in flight.

import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, POOL_SIZE, type Post, REGION, type Send, sendAtOnce, sendInPool } from './sender.ts';

export function makeUnboundedSdkSender(endpoint: string, connectionIds: readonly string[]): Send {
  const post = makePost(endpoint);
  return () => sendAtOnce(connectionIds, post);
}

export function makePooledSdkSender(endpoint: string, connectionIds: readonly string[]): Send {
  const agent = { keepAlive: true, maxSockets: POOL_SIZE };
  const post = makePost(endpoint, { requestHandler: { httpAgent: agent, httpsAgent: agent } });
  return () => sendInPool(connectionIds, post);
}

function makePost(endpoint: string, config: ApiGatewayManagementApiClientConfig = {}): Post {
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region: REGION,
    credentials: CREDENTIALS,
    maxAttempts: 1,
    ...config,
  });
  return (ConnectionId, Data) => client.send(new PostToConnectionCommand({ ConnectionId, Data }));
}
