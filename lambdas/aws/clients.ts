// The DynamoDB client, with timeouts short enough for a tick. Endpoint, region and credentials come from the standard
// environment variables. `AWS_ENDPOINT_URL_DYNAMODB` alone connects it to a local table.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ObservedDate } from '../domain/clock-proof.ts';
import type { Clock } from '../domain/ports.ts';

export interface TableClientOptions {
  /** Timeout of one attempt: to connect, and to answer. @default 2,000 */
  readonly timeoutMillis?: number;
  /** Maximum of attempts, the first one included. @default 2 */
  readonly maxAttempts?: number;
}

export function makeTableClient({ timeoutMillis = 2_000, maxAttempts = 2 }: TableClientOptions = {}) {
  const client = new DynamoDBClient({
    maxAttempts,
    requestHandler: { connectionTimeout: timeoutMillis, requestTimeout: timeoutMillis, throwOnRequestTimeout: true },
  });
  return DynamoDBDocumentClient.from(client);
}

/** Calls the listener with the `Date` of each answer from the table. */
export function listenToDates(
  client: DynamoDBDocumentClient,
  clock: Clock,
  listen: (date: ObservedDate) => void,
): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const askedAtMonotonicMillis = clock.monotonicMillis();
      const output = await next(args);
      const { headers } = output.response as { readonly headers?: Readonly<Record<string, string>> };
      const answeredAtMonotonicMillis = clock.monotonicMillis();
      listen({ dateMillis: Date.parse(headers?.date ?? ''), askedAtMonotonicMillis, answeredAtMonotonicMillis });
      return output;
    },
    // The position in the stack is next to the HTTP request: the listener also gets the dates of error answers and
    // retries.
    { step: 'deserialize', priority: 'low' },
  );
}
