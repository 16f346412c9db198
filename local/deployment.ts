// The declarations of `lib/` for AWS, repeated for the local services. The folders never import each other.
// test/lib/parity.test.ts synthesizes the stack and compares it with this file.

import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { FunctionName } from '../lambdas/config.ts';
import { DEFAULT_BROADCAST_MEMORY, DEFAULT_HANDLER_MEMORY } from '../protocol/limits.ts';

export interface FunctionDeployment {
  /** Module of the handler, relative to the project. `npm run build` creates it. */
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

/** The queue of each shard. Each message starts one runner. */
export const WAKE_QUEUE = {
  /** At least the timeout of the function, as AWS requires. */
  visibilityTimeoutSeconds: BROADCAST_TIMEOUT_SECONDS,
  /** Long enough for the maximum delay of two minutes and three failed receives. An expired message is lost without a
   *  trace. */
  retentionSeconds: 600,
  /** After this many receives, a message moves to the dead-letter queue. */
  maxReceiveCount: 3,
  batchSize: 1,
} as const;

/** Maximum age of an event of an asynchronous invocation, for example of the schedule. No event is retried. */
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

/** The shortest period of EventBridge Scheduler. */
export const SCHEDULE_PERIOD_MILLIS = 60_000;

/** Returns the input of the broadcast function. @param scheduledAt planned time of the invocation, ISO 8601 */
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

/** Credentials and region of the local platform, for its functions and for other programs that post to it. */
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' } as const;
export const REGION = 'us-east-1';

/** Path at which the local server serves its {@link LocalOutputs} to commands on this machine. */
export const OUTPUTS_PATH = '/.tickcast/outputs';

/** The outputs of the stack that the commands read, and the endpoint of DynamoDB. */
export interface LocalOutputs {
  readonly ConnectionsEndpoint: string;
  readonly TableName: string;
  readonly DynamoDbEndpoint: string;
}
