// The inside of the thread that startTableThread makes.

import { parentPort, workerData } from 'node:worker_threads';
import { createTable, startDynamoDb } from './dynamodb.ts';

const server = await startDynamoDb();
await createTable(server, workerData);
// dynalite throws on some malformed requests, such as a body of `null`. That request gets no answer; the table goes on.
process.on('uncaughtException', (error) => console.error(`the local table failed on a request: ${error}`));
parentPort?.postMessage(server.endpoint);
