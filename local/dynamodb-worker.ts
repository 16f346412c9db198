// The inside of the thread that startDynamoDbThread makes.

import { parentPort } from 'node:worker_threads';
import { startDynamoDb } from './dynamodb.ts';

const { endpoint } = await startDynamoDb();
// dynalite throws on some malformed requests, such as a body of `null`. That request gets no answer; the table goes on.
process.on('uncaughtException', (error) => console.error(`the local table failed on a request: ${error}`));
parentPort?.postMessage(endpoint);
