// The synthesized stack on this machine: its functions on AWS's Lambda runtime client, with local table, queue and
// gateway.

import assert from 'node:assert/strict';
import type { FunctionName } from '../../lambdas/config.ts';
import { ORIGIN_SECRET_HEADER } from '../../lambdas/origin-secret.ts';
import type { TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { CREDENTIALS, REGION, ROUTES, TABLE, WAKE_QUEUE } from '../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../local/dynamodb.ts';
import type { Routes } from '../../local/gateway/integration.ts';
import { makeQueueEvent } from '../../local/queue/mapping.ts';
import { MessageQueue } from '../../local/queue/message-queue.ts';
import { startQueueApi } from '../../local/queue/queue-api.ts';
import { STAGE } from '../../protocol/limits.ts';
import { only, wakeQueuesOf } from '../support/stack.ts';
import { startGateway } from '../support/start-gateway.ts';
import { TestViewer } from '../support/test-viewer.ts';
import { type Deployment, synthesizeDeployment } from './deployed-functions.ts';
import type { StandIns } from './intrinsics.ts';
import { RuntimeEnvironment } from './runtime-environment.ts';

const PAGE_HOST = 'page.example';

type Variables = Readonly<Record<string, string>>;

export interface RuntimeStage extends AsyncDisposable {
  readonly deployment: Deployment;
  /** One environment for each function of the clock. */
  readonly environments: Readonly<Record<FunctionName, RuntimeEnvironment>>;
  /** Times of the requests to @connections, as Unix times in milliseconds. */
  readonly postedAtMillis: readonly number[];
  readonly dynamoDbEndpoint: string;
  readonly queueUrl: string;
  /** Starts another environment of the broadcast function. */
  startBroadcast(variables: Variables): Promise<RuntimeEnvironment>;
  /** Sends the handshake of a viewer with a unique address, as CloudFront forwards it.
   *  @returns the status of the answer, and the viewer if it was admitted */
  connect(options?: {
    readonly origin?: string;
    readonly query?: string;
  }): Promise<{ readonly status: number; readonly viewer?: TestViewer }>;
  /** @returns the event of the next message in the wake queue */
  nextWake(): Promise<object>;
}

export async function prepareRuntimeStage(props: TickcastStackProps = {}): Promise<RuntimeStage> {
  await using running = new AsyncDisposableStack();
  const deployment = running.adopt(await synthesizeDeployment(props), (made) => made.dispose());
  const dynamoDb = running.adopt(await startDynamoDb(), (server) => server.dispose());
  await createTable(dynamoDb, TABLE);
  const access = { credentials: CREDENTIALS, region: REGION };
  const queue = new MessageQueue({
    name: 'wakes',
    visibilityMillis: WAKE_QUEUE.visibilityTimeoutSeconds * 1000,
    retentionMillis: WAKE_QUEUE.retentionSeconds * 1000,
    maxReceives: WAKE_QUEUE.maxReceiveCount,
  });
  running.defer(() => queue.dispose());
  const queueApi = running.adopt(await startQueueApi({ queues: [queue], ...access }), (api) => api.dispose());
  const [queueUrl = ''] = queueApi.queueUrls;

  const environments = {} as Record<FunctionName, RuntimeEnvironment>;
  const routes: Routes = Object.fromEntries(
    Object.entries(ROUTES).map(([key, { function: name, routeResponse }]) => [
      key,
      { invoke: (event) => environments[name].invoke(event), routeResponse },
    ]),
  );
  const gateway = running.adopt(await startGateway({ stage: STAGE, routes, ...access }), (api) => api.dispose());
  const postedAtMillis: number[] = [];
  gateway.server.on('request', () => postedAtMillis.push(Date.now()));

  const { standIns, apiEndpoint } = describeStandIns(deployment, queueUrl);
  async function start(name: FunctionName, variables: Variables = {}): Promise<RuntimeEnvironment> {
    const fn = await deployment.unpack(`Clock${name.charAt(0).toUpperCase()}${name.slice(1)}`, standIns);
    const endpoint = fn.variables.CONNECTIONS_ENDPOINT;
    if (endpoint !== undefined) assert.equal(endpoint, apiEndpoint);
    return RuntimeEnvironment.start(fn, {
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.endpoint,
      // The template joins its host from parts, which cannot be replaced.
      ...(endpoint !== undefined && { CONNECTIONS_ENDPOINT: gateway.endpoint }),
      ...variables,
    });
  }
  for (const name of ['connect', 'disconnect', 'message', 'broadcast'] as const) {
    environments[name] = running.adopt(await start(name), (environment) => environment.dispose());
  }

  let handshakes = 0;
  const everything = running.move();
  return {
    deployment,
    environments,
    postedAtMillis,
    dynamoDbEndpoint: dynamoDb.endpoint,
    queueUrl,
    startBroadcast: async (variables) =>
      everything.adopt(await start('broadcast', variables), (environment) => environment.dispose()),
    connect({ origin = `https://${PAGE_HOST}`, query = '' } = {}) {
      const headers = {
        [ORIGIN_SECRET_HEADER]: environments.connect.fn.variables.ORIGIN_SECRET ?? '',
        'x-forwarded-for': `198.51.100.${++handshakes}`,
      };
      const viewer = new TestViewer(`${gateway.socketUrl}${query}`, [], { origin, headers });
      return new Promise((resolve) => {
        viewer.socket.once('open', () => resolve({ status: 101, viewer }));
        viewer.socket.once('unexpected-response', (request, { statusCode = 0 }) => {
          request.destroy();
          resolve({ status: statusCode });
        });
      });
    },
    async nextWake() {
      const message = await queue.receive();
      return makeQueueEvent(queue.name, message ?? assert.fail('the queue has ended'), REGION);
    },
    [Symbol.asyncDispose]: () => everything.disposeAsync(),
  };
}

/** Values for the resources in the variables of the functions, and the resulting endpoint of @connections. */
function describeStandIns({ template }: Deployment, queueUrl: string) {
  const [apiId] = only('AWS::ApiGatewayV2::Api', template);
  const [distributionId] = only('AWS::CloudFront::Distribution', template);
  const [tableId] = only('AWS::DynamoDB::GlobalTable', template);
  const [[queueId] = assert.fail('there is no wake queue')] = wakeQueuesOf(template);
  const standIns: StandIns = {
    [tableId]: TABLE.TableName,
    [queueId]: queueUrl,
    [`${distributionId}.DomainName`]: PAGE_HOST,
  };
  return { standIns, apiEndpoint: `https://${apiId}.execute-api.${REGION}.amazonaws.com/${STAGE}` };
}
