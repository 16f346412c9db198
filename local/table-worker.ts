// The inside of the thread that startTableThread makes.

import { parentPort, workerData } from 'node:worker_threads';
import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { createTable, type DynamoDbAccess, startDynamoDb } from './dynamodb.ts';

export interface TableWorkerInput {
  readonly table: CreateTableCommandInput;
  readonly access: Omit<DynamoDbAccess, 'endpoint'>;
}

const { table, access } = workerData as TableWorkerInput;
const { endpoint } = await startDynamoDb();
await createTable({ ...access, endpoint }, table);
// dynalite throws on some malformed requests, such as a body of `null`. That request gets no answer; the table goes on.
process.on('uncaughtException', (error) => console.error(`the local table failed on a request: ${error}`));
parentPort?.postMessage(endpoint);
