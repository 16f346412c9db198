// The gateway on its own server with plain functions as integrations, to test its behaviour with any routes.

import type { TestContext } from 'node:test';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import type { GatewayOptions } from '../../local/gateway/gateway.ts';
import type { FunctionOutcome } from '../../local/gateway/integration.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

// biome-ignore lint/suspicious/noExplicitAny: each test knows the shape of its events
type Handler = (event: any) => unknown;

export interface TestGateway extends RunningGateway {
  readonly client: ApiGatewayManagementApiClient;
}

/** Stops with the test. @param handlers functions by route key */
export async function startTestGateway(
  t: Pick<TestContext, 'after'>,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<GatewayOptions> = {},
): Promise<TestGateway> {
  const routes = Object.fromEntries(
    Object.entries(handlers).map(([key, handler]) => [
      key,
      {
        invoke: async (event: unknown): Promise<FunctionOutcome> => ({ kind: 'returned', value: await handler(event) }),
        routeResponse: true,
      },
    ]),
  );
  const running = await startGateway({ stage: 'dev', routes, credentials: CREDENTIALS, region: REGION, ...options });
  const client = makeConnectionsClient(running.endpoint);
  t.after(async () => {
    client.destroy();
    await running.dispose();
  });
  return { ...running, client };
}

/** Creates the client of the AWS SDK, as an operator would. */
export function makeConnectionsClient(
  endpoint: string,
  credentials = CREDENTIALS as { accessKeyId: string; secretAccessKey: string },
) {
  return new ApiGatewayManagementApiClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}
