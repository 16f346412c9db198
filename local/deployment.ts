// What `lib/` declares for AWS, declared for the stand-ins. The two never import each other; test/lib/parity.test.ts
// synthesizes the stack and holds this against it.

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { FunctionName } from '../lambdas/config.ts';
import { DEFAULT_BROADCAST_MEMORY, DEFAULT_HANDLER_MEMORY } from '../protocol/limits.ts';

export interface FunctionDeployment {
  /** Module of the handler, relative to the project: `npm run build` makes it. */
  readonly entry: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

const BROADCAST_TIMEOUT_SECONDS = 150;

export const FUNCTIONS = {
  connect: { entry: 'dist/functions/connect/index.js', timeoutSeconds: 10, memoryMegabytes: DEFAULT_HANDLER_MEMORY },
  disconnect: {
    entry: 'dist/functions/disconnect/index.js',
    timeoutSeconds: 10,
    memoryMegabytes: DEFAULT_HANDLER_MEMORY,
  },
  message: { entry: 'dist/functions/message/index.js', timeoutSeconds: 10, memoryMegabytes: DEFAULT_HANDLER_MEMORY },
  broadcast: {
    entry: 'dist/functions/broadcast/index.js',
    timeoutSeconds: BROADCAST_TIMEOUT_SECONDS,
    memoryMegabytes: DEFAULT_BROADCAST_MEMORY,
  },
} as const satisfies Record<FunctionName, FunctionDeployment>;

/** The queue of each shard, whose messages start runners one by one. */
export const WAKE_QUEUE = {
  /** Not shorter than the function's timeout, as AWS demands. */
  visibilityTimeoutSeconds: BROADCAST_TIMEOUT_SECONDS,
  /** Long enough for the greatest delay of two minutes and three failed receives: an expired message is lost without a trace. */
  retentionSeconds: 600,
  /** Beyond it a message goes to the dead letters. */
  maxReceiveCount: 3,
  batchSize: 1,
} as const;

/** Of every asynchronous invocation, such as those of the schedule. None is retried. */
export const MAX_EVENT_AGE_MILLIS = 60_000;

export interface RouteDeployment {
  readonly function: FunctionName;
  readonly routeResponse: boolean;
}

export const ROUTES: Readonly<Record<string, RouteDeployment>> = {
  $connect: { function: 'connect', routeResponse: false },
  $disconnect: { function: 'disconnect', routeResponse: false },
  $default: { function: 'message', routeResponse: true },
};

/** EventBridge Scheduler's smallest step. */
export const SCHEDULE_PERIOD_MILLIS = 60_000;

/** The input of the broadcast function. @param scheduledAt when the shard's schedule meant to fire, ISO 8601 */
export function scheduleInput(scheduledAt: string, shard: number) {
  return { scheduledAt, shard };
}

export const TABLE = {
  TableName: 'tickcast',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'partition', AttributeType: 'S' },
    { AttributeName: 'id', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'partition', KeyType: 'HASH' },
    { AttributeName: 'id', KeyType: 'RANGE' },
  ],
} satisfies CreateTableCommandInput;

/** The credentials and region of the local platform, for functions and for anybody who posts to it. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
export const REGION = 'us-east-1';

/** Where the local server tells commands on this machine of its {@link LocalOutputs}. */
export const OUTPUTS_PATH = '/.tickcast/outputs';

/** The stack's outputs that the commands read, and the endpoint that AWS has by default. */
export interface LocalOutputs {
  readonly ConnectionsEndpoint: string;
  readonly TableName: string;
  readonly DynamoDbEndpoint: string;
}
