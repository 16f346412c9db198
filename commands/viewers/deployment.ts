// Finds a deployment's table and its @connections API, on this machine, on AWS or in an emulator.

import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { makeDynamoConnectionStore } from '../../lambdas/aws/dynamo-connection-store.ts';
import type { ConnectionStore } from '../../lambdas/domain/ports.ts';
import { CREDENTIALS, type LocalOutputs, OUTPUTS_PATH, REGION } from '../../local/deployment.ts';
import type { Place } from './options.ts';

export interface Deployment {
  readonly connections: ConnectionStore;
  readonly gateway: ApiGatewayManagementApiClient;
  dispose(): void;
}

/** A deployment that cannot be found. The message is one line. */
export class PlaceError extends Error {
  override readonly name = 'PlaceError';
}

/** More retries than the fan-out has: the operator may be far away and can wait, and throttled calls are retried. */
const PATIENCE = {
  maxAttempts: 5,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

const OUTPUTS_TIMEOUT_MILLIS = 5_000;

/** @throws {PlaceError}, or an error of the SDK, such as for missing credentials */
export async function reach(place: Place): Promise<Deployment> {
  if ('stack' in place) {
    const outputs = await outputsOfStack(place.stack);
    const endpoint = connectionsEndpointOf(outputs.ConnectionsEndpoint, process.env);
    return deploymentOf(outputs.TableName, new DynamoDBClient(PATIENCE), { endpoint });
  }
  const outputs = await outputsOfLocalRun(place.url);
  const access = { ...PATIENCE, region: REGION, credentials: CREDENTIALS };
  const dynamoDb = new DynamoDBClient({ ...access, endpoint: outputs.DynamoDbEndpoint });
  return deploymentOf(outputs.TableName, dynamoDb, { ...access, endpoint: outputs.ConnectionsEndpoint });
}

function deploymentOf(
  tableName: string,
  dynamoDb: DynamoDBClient,
  gatewayConfig: ApiGatewayManagementApiClientConfig,
): Deployment {
  const gateway = new ApiGatewayManagementApiClient({ ...PATIENCE, ...gatewayConfig });
  return {
    connections: makeDynamoConnectionStore(DynamoDBDocumentClient.from(dynamoDb), tableName),
    gateway,
    dispose() {
      dynamoDb.destroy();
      gateway.destroy();
    },
  };
}

async function outputsOfLocalRun(url: string): Promise<LocalOutputs> {
  const signal = AbortSignal.timeout(OUTPUTS_TIMEOUT_MILLIS);
  const response = await fetch(url + OUTPUTS_PATH, { redirect: 'error', signal }).catch((error) => {
    const hint = 'start it with npm start, name another with --url, or a deployed stack with --stack';
    throw new PlaceError(`nothing answers at ${url}: ${hint}`, { cause: error });
  });
  const outputs = (await response.json().catch(() => ({}))) as Partial<LocalOutputs>;
  const { ConnectionsEndpoint, TableName, DynamoDbEndpoint } = outputs;
  if (!response.ok || !ConnectionsEndpoint || !TableName || !DynamoDbEndpoint) {
    throw new PlaceError(`${url} is not a local run of Tickcast, or must be named as localhost or 127.0.0.1`);
  }
  return { ConnectionsEndpoint, TableName, DynamoDbEndpoint };
}

/** @throws {PlaceError} for a stack that is not Tickcast's; an error of CloudFormation for a stack that does not
 *  exist */
async function outputsOfStack(stack: string): Promise<Omit<LocalOutputs, 'DynamoDbEndpoint'>> {
  const client = new CloudFormationClient(PATIENCE);
  try {
    await client.config.region().catch((error) => {
      throw new PlaceError('no region is set: name that of the stack in AWS_REGION', { cause: error });
    });
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack }));
    const outputs = Stacks[0]?.Outputs ?? [];
    const outputOf = (key: string): string => {
      const value = outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
      if (value !== undefined) return value;
      throw new PlaceError(`stack ${stack} has no output ${key}: it is not Tickcast, or an older one (npx cdk deploy)`);
    };
    return { ConnectionsEndpoint: outputOf('ConnectionsEndpoint'), TableName: outputOf('TableName') };
  } finally {
    client.destroy();
  }
}

/** An emulator reports the endpoint that AWS would have, but serves it at a path of its own endpoint, as MiniStack
 *  does. Where this differs, as reported of LocalStack (localstack/localstack#9649), set the SDK's variable for the
 *  service. */
export function connectionsEndpointOf(output: string, env: { readonly [name: string]: string | undefined }): string {
  const { AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: own, AWS_ENDPOINT_URL: emulator } = env;
  if (own) return own;
  const [, api, stage] = /^https:\/\/([^./]+)\.execute-api\.[^/]+\/([^/]+)$/.exec(output) ?? [];
  if (!emulator || api === undefined) return output;
  return `${emulator.replace(/\/$/, '')}/_aws/execute-api/${api}/${stage}`;
}
