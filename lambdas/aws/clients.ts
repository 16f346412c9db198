// The AWS clients, made once per environment. Endpoints, region and credentials come from the standard environment, so
// `AWS_ENDPOINT_URL_DYNAMODB` is all it takes to use a stand-in.

import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** A table answers within some ten milliseconds; a call that takes longer than this is lost and tried again, so that a
 *  claim is decided before its boundary. */
const TABLE_REQUEST_TIMEOUT_MILLIS = 1_000;

export function makeTableClient(): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: { requestTimeout: TABLE_REQUEST_TIMEOUT_MILLIS, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}

/** @param endpoint of the stage: `https://{api}.execute-api.{region}.amazonaws.com/{stage}`
 *  @param maxSockets connections kept open to it; the SDK's own default of 50 would bound the fan-out */
export function makeConnectionsClient(endpoint: string, maxSockets: number): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    // One attempt: the SDK would try a throttled post three times in 2.5 seconds, longer than a tick lives.
    maxAttempts: 1,
    requestHandler: {
      httpAgent: { keepAlive: true, maxSockets },
      httpsAgent: { keepAlive: true, maxSockets },
    },
  });
}
