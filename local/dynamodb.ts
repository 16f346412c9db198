// DynamoDB in this process: dynalite, in memory. docs/fidelity.md says what it lacks.

import { once } from 'node:events';
import { request, Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { AbstractValueIterator } from 'abstract-level';
import dynalite from 'dynalite';
import { dateExactly } from './exact-date.ts';
import { listenOnLoopback } from './loopback.ts';

// dynalite ends a reading by calling its iterator's `return`, which the iterators of its store lack: without it the store
// keeps each of them for ever, with all rows as they were at that time.
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
  // dynalite throws when a request breaks off, as when its runner is killed. Only that request must fail.
  server.on('request', (request) => request.removeAllListeners('error').on('error', () => {}));
  dateExactly(server);
  // A function that was frozen for some seconds finds its connections as it left them.
  server.keepAliveTimeout = 70_000;
  const endpoint = await listenOnLoopback(server);
  return {
    endpoint,
    async dispose() {
      // dynalite's own close() also closes its store, which throws under a request still at work. The store is memory.
      Server.prototype.close.call(server);
      server.closeAllConnections();
    },
  };
}

/** Creates the table, by one request without the AWS SDK, which would take 10 MB of the thread. Time-to-live is left out:
 *  dynalite expires nothing. */
export async function createTable({ endpoint }: DynamoDb, table: object): Promise<void> {
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': 'DynamoDB_20120810.CreateTable',
    'x-amz-date': '20260101T000000Z',
    // dynalite looks for a signature and checks none.
    authorization: 'AWS4-HMAC-SHA256 Credential=local, SignedHeaders=host, Signature=none',
  };
  const outgoing = request(endpoint, { method: 'POST', headers }).end(JSON.stringify(table));
  const [response] = await once(outgoing, 'response');
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`the table could not be created: ${answer}`);
}
