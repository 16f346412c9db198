// Reads the state of the deployed stack: its resources, the relay items in its table, and the logs of its runners.

import assert from 'node:assert/strict';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '../support/sha256.ts';
import { CREDENTIALS, ENDPOINT, REGION } from './emulator.ts';

export const STACK = 'Tickcast';

export const ACCESS = { endpoint: ENDPOINT, region: REGION, credentials: CREDENTIALS };

export const cloudFormation = new CloudFormationClient(ACCESS);
export const lambda = new LambdaClient(ACCESS);
export const dynamoDb = new DynamoDBClient(ACCESS);

/** @returns physical id of the first resource of this type whose logical id contains the text */
export async function resource(type: string, part: string): Promise<string> {
  const [found] = (await resources(type)).filter(({ logicalId }) => logicalId.includes(part));
  assert.ok(found?.physicalId, `${type} ${part}`);
  return found.physicalId;
}

export async function resources(type: string): Promise<{ readonly logicalId: string; readonly physicalId: string }[]> {
  const { StackResources = [] } = await cloudFormation.send(new DescribeStackResourcesCommand({ StackName: STACK }));
  return StackResources.filter(({ ResourceType }) => ResourceType === type).map(
    ({ LogicalResourceId: logicalId = '', PhysicalResourceId: physicalId = '' }) => ({ logicalId, physicalId }),
  );
}

/** @param part part of the function's logical id, for example `Broadcast` */
export async function variablesOf(part: string): Promise<Record<string, string>> {
  const FunctionName = await resource('AWS::Lambda::Function', part);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  return Environment?.Variables ?? {};
}

/** Returns whether the relay of every shard is marked as empty. */
export async function isAtRest(tableName: string, shards: number): Promise<boolean> {
  const { Items = [] } = await dynamoDb.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
  const relays = Items.filter(({ partition }) => partition?.S?.endsWith(`of${shards}`));
  return relays.every(({ isEmpty }) => isEmpty?.BOOL === true);
}

export interface Run {
  readonly runnerId: string;
  readonly arrivedAtMillis: number;
  readonly trigger: { readonly reason: string };
  /** Undefined while the runner runs. */
  readonly exit: string | undefined;
  readonly sent: number;
}

/** Returns the runs that have begun since this time and have ended. An emulator writes the log of an invocation at its
 *  end. */
export async function runsSince(sinceMillis: number): Promise<Run[]> {
  const logGroupName = await resource('AWS::Logs::LogGroup', 'Broadcast');
  const entries = (await logLines(logGroupName, sinceMillis))
    .filter((line) => line.startsWith('{"level"'))
    .map((line) => JSON.parse(line));
  return entries
    .filter(({ message, timestamp }) => message === 'a runner arrived' && Date.parse(timestamp) >= sinceMillis)
    .map(({ runnerId, trigger, timestamp }) => {
      const left = entries.find((entry) => entry.message === 'a runner left' && entry.runnerId === runnerId);
      return { runnerId, trigger, arrivedAtMillis: Date.parse(timestamp), exit: left?.exit, sent: left?.sent ?? 0 };
    });
}

/** Requests log events without the SDK client of CloudWatch Logs, which would be a dependency for one request.
 *  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html */
async function logLines(logGroupName: string, startTime: number): Promise<string[]> {
  const signer = new SignatureV4({ service: 'logs', region: REGION, credentials: CREDENTIALS, sha256: Sha256 });
  const { protocol, host, hostname, port } = new URL(ENDPOINT);
  const lines: string[] = [];
  for (let nextToken: string | undefined, isLast = false; !isLast; isLast = nextToken === undefined) {
    const body = JSON.stringify({ logGroupName, startTime, ...(nextToken !== undefined && { nextToken }) });
    const headers = {
      host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    };
    const path = '/';
    const unsigned = { method: 'POST', protocol, hostname, port: Number(port), path, query: {}, headers, body };
    const { headers: signed } = await signer.sign(unsigned);
    const response = await fetch(ENDPOINT, { method: 'POST', headers: signed, body });
    assert.equal(response.status, 200, `${response.status} from the logs`);
    const answer = (await response.json()) as { events?: { message: string }[]; nextToken?: string };
    lines.push(...(answer.events ?? []).map(({ message }) => message.trim()));
    nextToken = answer.nextToken;
  }
  return lines;
}
