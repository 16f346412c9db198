// Runs the suite against the local platform always, and against a deployed stage when both of its URLs are set:
// CONFORMANCE_SOCKET_URL and CONFORMANCE_CONNECTIONS_ENDPOINT, with AWS credentials and region in the environment.

import { after } from 'node:test';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS } from '../../local/deployment.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { makeConnectionsClient } from '../support/test-gateway.ts';
import { describeWebSocketApi } from './websocket-api.ts';

const WRONG = { accessKeyId: CREDENTIALS.accessKeyId, secretAccessKey: 'wrong' };

let local: LocalPlatform | undefined;
after(() => local?.dispose());

describeWebSocketApi({
  name: 'the local platform',
  lacks: [],
  async start() {
    local = await startLocal();
    const client = makeConnectionsClient(local.connectionsEndpoint);
    const forger = makeConnectionsClient(local.connectionsEndpoint, WRONG);
    return { socketUrl: local.socketUrl, client, forger };
  },
});

const { CONFORMANCE_SOCKET_URL: socketUrl, CONFORMANCE_CONNECTIONS_ENDPOINT: endpoint } = process.env;
if (socketUrl && endpoint) {
  describeWebSocketApi({
    name: socketUrl,
    lacks: [],
    start: async () => ({
      socketUrl,
      client: new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1 }),
      forger: new ApiGatewayManagementApiClient({ endpoint, maxAttempts: 1, credentials: WRONG }),
    }),
  });
}
