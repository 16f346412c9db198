// A new table on dynalite in this process, or on the server at DYNAMODB_ENDPOINT, for example DynamoDB Local.

import type { TestContext } from 'node:test';
import { CreateTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CREDENTIALS, REGION, TABLE } from '../../local/deployment.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';

export interface TestTable {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Stops with the test. */
export async function makeTestTable(t: Pick<TestContext, 'after'>): Promise<TestTable> {
  const outside = process.env.DYNAMODB_ENDPOINT;
  const server = outside ? undefined : await startDynamoDb();
  const tableName = `tickcast-${crypto.randomUUID()}`;
  const client = makeTableClient(outside ?? server?.endpoint ?? '');
  await client.send(new CreateTableCommand({ ...TABLE, TableName: tableName }));
  await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: tableName });
  t.after(async () => {
    client.destroy();
    await server?.dispose();
  });
  return { client, tableName };
}

/** With the local credentials. */
export function makeTableClient(endpoint: string): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: REGION, credentials: CREDENTIALS }));
}
