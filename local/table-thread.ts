// DynamoDB with one table, in its own thread, so that reading thousands of rows does not delay the gateway. Its
// packages use no memory in the main thread.

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

/** Removes its listeners, so that a later error of the thread ends the process, which would have no table. */
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
