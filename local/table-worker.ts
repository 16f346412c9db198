// The thread that startTableThread starts.

import { parentPort, workerData } from 'node:worker_threads';
import { createTable, startDynamoDb } from './dynamodb.ts';

const server = await startDynamoDb();
await createTable(server, workerData);
// dynalite throws on some malformed requests, for example a body of `null`. That request gets no answer, and the table
// continues.
process.on('uncaughtException', (error) => console.error(`the local table failed on a request: ${error}`));
parentPort?.postMessage(server.endpoint);
