// DynamoDB in this process: dynalite, in memory. docs/fidelity.md says what it lacks.

import { Server } from 'node:http';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { AbstractValueIterator } from 'abstract-level';
import dynalite from 'dynalite';
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

export interface DynamoDbAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Creates the table and waits until it is active. Time-to-live is left out: dynalite expires nothing. */
export async function createTable(access: DynamoDbAccess, table: CreateTableCommandInput): Promise<void> {
  const client = new DynamoDBClient(access);
  try {
    await client.send(new CreateTableCommand(table));
    await waitUntilTableExists({ client, maxWaitTime: 10, minDelay: 1 }, { TableName: table.TableName ?? '' });
  } finally {
    client.destroy();
  }
}
