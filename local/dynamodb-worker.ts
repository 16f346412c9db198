// The inside of the thread that startDynamoDbThread makes.

import { parentPort } from 'node:worker_threads';
import { startDynamoDb } from './dynamodb.ts';

const { endpoint } = await startDynamoDb();
parentPort?.postMessage(endpoint);
