// DynamoDB in this process: dynalite, in memory. docs/fidelity.md lists the differences.

import { once } from 'node:events';
import { request, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { AbstractValueIterator } from 'abstract-level';
import dynalite from 'dynalite';
import { dateExactly } from './exact-date.ts';
import { listenOnLoopback } from './loopback.ts';

// dynalite ends a read by calling `return` of its iterator, which the iterators of its store lack. Without this fix the
// store keeps each iterator without limit, with a copy of all rows.
Object.assign(AbstractValueIterator.prototype, {
  return(this: { close(): Promise<void> }): Promise<void> {
    return this.close();
  },
});

export interface DynamoDb {
  readonly endpoint: string;
  dispose(): Promise<void>;
}

export async function startDynamoDb(): Promise<DynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // dynalite throws when a request is aborted, for example when its runner is killed. Only that request must fail.
  server.on('request', (request) => request.removeAllListeners('error').on('error', () => {}));
  dateExactly(server);
  // A function that was frozen for some seconds can still use its connections.
  server.keepAliveTimeout = 70_000;
  const endpoint = await listenOnLoopback(server);
  return {
    endpoint,
    async dispose() {
      // dynalite's own close() also closes its store, which throws while a request is in progress. The store is in
      // memory, so it needs no closing.
      Server.prototype.close.call(server);
      server.closeAllConnections();
    },
  };
}

/** Creates the table with one request, without the AWS SDK, which would need 10 MB in this thread. Without
 *  time-to-live, because dynalite does not expire rows. */
export async function createTable({ endpoint }: DynamoDb, table: object): Promise<void> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.CreateTable',
    'x-amz-date': '20260101T000000Z',
    // dynalite requires a signature but does not check it.
    authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  };
  const outgoing = request(endpoint, { method: 'POST', headers }).end(JSON.stringify(table));
  const [response] = await once(outgoing, 'response');
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`the table could not be created: ${answer}`);
}
