// The gateway on a server of its own, in front of plain functions: for its behaviour with any routes.

import type { TestContext } from 'node:test';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import type { GatewayOptions } from '../../local/gateway/gateway.ts';
import type { FunctionOutcome } from '../../local/gateway/integration.ts';
import { type RunningGateway, startGateway } from './start-gateway.ts';

// biome-ignore lint/suspicious/noExplicitAny: an event is whatever the test expects of it
type Handler = (event: any) => unknown;

export interface TestGateway extends RunningGateway {
  readonly client: ApiGatewayManagementApiClient;
}

/** Stops with the test. @param handlers by route key */
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

/** The AWS SDK's own client, as an operator would make it. */
export function makeConnectionsClient(
  endpoint: string,
  credentials = CREDENTIALS as { accessKeyId: string; secretAccessKey: string },
) {
  return new ApiGatewayManagementApiClient({ endpoint, region: REGION, credentials, maxAttempts: 1 });
}
