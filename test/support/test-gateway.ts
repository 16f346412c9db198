// The gateway on a server of its own, in front of plain functions: for its behaviour with any routes.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { Gateway, type GatewayOptions, type RouteOutcome } from '../../local/gateway/gateway.ts';

// biome-ignore lint/suspicious/noExplicitAny: an event is whatever the test expects of it
type Handler = (event: any) => unknown;

export interface TestGateway {
  /** `ws://…/{stage}` */
  readonly socketUrl: string;
  /** `http://…/{stage}` */
  readonly endpoint: string;
  readonly gateway: Gateway;
  readonly server: Server;
  readonly client: ApiGatewayManagementApiClient;
}

/** Stops with the test. @param handlers by route key */
export async function startTestGateway(
  t: Pick<TestContext, 'after'>,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const routes = Object.fromEntries(
    Object.entries(handlers).map(([key, handler]) => [
      key,
      {
        invoke: async (event: unknown): Promise<RouteOutcome> => ({ kind: 'returned', value: await handler(event) }),
        routeResponse: true,
      },
    ]),
  );
  const gateway = new Gateway({
    stage: 'dev',
    routes,
    credentials: CREDENTIALS,
    region: REGION,
    domainName: host,
    ...options,
  });
  server.on('request', (request, response) => gateway.handleRequest(request, response));
  server.on('upgrade', (request, socket, head) => gateway.handleUpgrade(request, socket, head));
  const endpoint = `http://${host}/dev`;
  const client = makeConnectionsClient(endpoint);
  t.after(async () => {
    client.destroy();
    await gateway.dispose();
    server.closeAllConnections();
    server.close();
  });
  return { socketUrl: `ws://${host}/dev`, endpoint, gateway, server, client };
}

/** The AWS SDK's own client, as an operator would make it. */
export function makeConnectionsClient(
  endpoint: string,
  credentials = CREDENTIALS as { accessKeyId: string; secretAccessKey: string },
) {
  return new ApiGatewayManagementApiClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}
