// The targets of the suite.

import type { TestContext } from 'node:test';
import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import type { FunctionOutcome } from '../../local/gateway/integration.ts';
import { startGateway } from '../support/start-gateway.ts';
import type { Access } from './behaviour.ts';
import { makeProbe, PROBE_ROUTES, type ProbeEvent, STAGE_VARIABLES } from './probe.ts';
import type { Target } from './suite.ts';

export const STAND_IN: Target = {
  name: 'the local gateway',
  lacks: {
    'permessage-deflate is negotiated when offered': 'declines it, which a page sees in `extensions` only',
  },
  hasSettings: true,
  async start(t, settings) {
    const events = new Map<string, ProbeEvent>();
    const probe = makeProbe({
      put: async (key, event) => void events.set(key, event),
      get: async (key) => events.get(key),
    });
    const invoke = async (event: ProbeEvent): Promise<FunctionOutcome> => ({
      kind: 'returned',
      value: await probe(event),
    });
    const routes = Object.entries(PROBE_ROUTES).map(([key, route]) => [key, { ...route, invoke }]);
    const { socketUrl, endpoint, dispose } = await startGateway({
      stage: 'probe',
      routes: Object.fromEntries(routes),
      credentials: CREDENTIALS,
      region: REGION,
      stageVariables: STAGE_VARIABLES,
      ...settings,
    });
    t.after(dispose);
    return access(t, { socketUrl, endpoint, region: REGION, credentials: CREDENTIALS });
  },
};

/** A deployed stage of `probe-stack.ts`. */
export function deployedTarget(
  name: string,
  lacks: Readonly<Record<string, string>>,
  stage: Omit<Access, 'client'>,
): Target {
  return { name, lacks, hasSettings: false, start: async (t) => access(t, stage) };
}

function access(t: TestContext, stage: Omit<Access, 'client'>): Access {
  const { endpoint, region, credentials } = stage;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const client = new ApiGatewayManagementApiClient({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
    maxAttempts: 1,
  });
  t.after(() => client.destroy());
  return { ...stage, client };
}
