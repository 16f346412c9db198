// DynamoDB in this process or in a thread of its own: dynalite, in memory. docs/fidelity.md says what it lacks.

import { once } from 'node:events';
import { Server } from 'node:http';
import { Worker } from 'node:worker_threads';
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

/** In a thread of its own, so that reading thousands of rows does not hold up the gateway. */
export async function startDynamoDbThread(): Promise<DynamoDb> {
  const worker = new Worker(new URL('./dynamodb-worker.ts', import.meta.url), {
    name: 'table',
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const endpoint = await endpointOf(worker);
  return {
    endpoint,
    async dispose() {
      await worker.terminate();
    },
  };
}

/** Leaves no listener behind: an error that ends the thread later must end the process, which has no table then. */
async function endpointOf(worker: Worker): Promise<string> {
  const started = new AbortController();
  const { signal } = started;
  const ended = once(worker, 'exit', { signal }).then(() => {
    throw new Error('the thread of the table ended before it was ready');
  });
  try {
    const [endpoint] = await Promise.race([once(worker, 'message', { signal }), ended]);
    return endpoint;
  } finally {
    started.abort();
  }
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
