// The client of the table, with the limits that a tick needs. Endpoints, region and credentials come from the standard
// environment, so `AWS_ENDPOINT_URL_DYNAMODB` is all it takes to use a stand-in.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

export interface TableClientOptions {
  /** How long one attempt may take, to connect and to answer. @default 2,000 */
  readonly timeoutMillis?: number;
  /** @default 2 */
  readonly maxAttempts?: number;
}

export function makeTableClient({ timeoutMillis = 2_000, maxAttempts = 2 }: TableClientOptions = {}) {
  const client = new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: timeoutMillis, requestTimeout: timeoutMillis, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client);
}
