// The client of the table, with the limits that a tick needs. Endpoints, region and credentials come from the standard
// environment, so `AWS_ENDPOINT_URL_DYNAMODB` is all it takes to use a stand-in.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { HeardDate } from '../domain/clock-proof.ts';
import type { Clock } from '../domain/ports.ts';

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

/** Calls the listener with the `Date` of each answer of the table. */
export function listenToDates(client: DynamoDBDocumentClient, clock: Clock, listen: (heard: HeardDate) => void): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const askedAtMonotonicMillis = clock.monotonicMillis();
      const output = await next(args);
      const { headers } = output.response as { readonly headers?: Readonly<Record<string, string>> };
      const answeredAtMonotonicMillis = clock.monotonicMillis();
      listen({ dateMillis: Date.parse(headers?.date ?? ''), askedAtMonotonicMillis, answeredAtMonotonicMillis });
      return output;
    },
    // Next to the request itself: answers that are errors are told of, and each attempt is.
    { step: 'deserialize', priority: 'low' },
  );
}
