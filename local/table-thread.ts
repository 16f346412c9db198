// DynamoDB with one table, in a thread of its own: reading thousands of rows does not hold up the gateway, and its packages take no
// memory in the main thread.

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { DynamoDb } from './dynamodb.ts';

/** Starts the server and creates the table. */
export async function startTableThread(table: object): Promise<DynamoDb> {
  const worker = new Worker(new URL('../dist/local/table-worker.mjs', import.meta.url), {
    name: 'table',
    workerData: table,
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
