// The inside of the thread that startDynamoDbThread makes.

import { parentPort } from 'node:worker_threads';
import { startDynamoDb } from './dynamodb.ts';

// dynalite throws on some malformed requests, such as a body of `null`. That request gets no answer; the table goes on.
process.on('uncaughtException', ({ message }) => console.error(`the local table failed on a request: ${message}`));

const { endpoint } = await startDynamoDb();
parentPort?.postMessage(endpoint);
