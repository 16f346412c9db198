// The AWS clients, with the limits that a tick needs. Endpoints, region and credentials come from the standard
// environment, so `AWS_ENDPOINT_URL_DYNAMODB` is all it takes to use a stand-in.

import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** @param timeoutMillis how long one attempt may take, to connect and to answer; there are two */
export function makeTableClient(timeoutMillis = 2_000): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: 2,
    requestHandler: { connectionTimeout: timeoutMillis, requestTimeout: timeoutMillis, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client);
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
