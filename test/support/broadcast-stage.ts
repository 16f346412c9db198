// The services that the broadcast function calls, for tests of the function itself: a table, a gateway with one
// viewer, and a wake queue that keeps its messages. The function reaches all of them over HTTP.

import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDynamoConnectionStore } from '../../lambdas/aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../../lambdas/aws/dynamo-relay-store.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import type { RelayStore } from '../../lambdas/domain/ports.ts';
import type { QueuedWake } from '../../lambdas/events.ts';
import { REGION, TABLE } from '../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../local/dynamodb.ts';
import { functionVariables } from '../../local/function-variables.ts';
import { LocalFunction } from '../../local/functions/local-function.ts';
import { startDateProxy } from './date-proxy.ts';
import { makeTableClient } from './dynamodb.ts';
import { startRecordingQueue } from './recording-queue.ts';
import { startTestGateway } from './test-gateway.ts';
import { TestViewer } from './test-viewer.ts';

export interface StageOptions {
  /** How far ahead of this machine's clock the `Date` header of each service is. @default 0 */
  readonly aheadMillis?: { readonly table?: number; readonly queue?: number; readonly gateway?: number };
  /** Overrides environment variables of the function. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Timeout of the function. @default 4,500, enough for one or two ticks */
  readonly timeoutMillis?: number;
  /** Module of the handler. @default - the built function */
  readonly handlerUrl?: string;
}

export interface BroadcastStage {
  readonly viewer: TestViewer;
  readonly relay: RelayStore;
  /** Messages that the function has sent to the queue. */
  readonly sent: readonly QueuedWake[];
  /** Makes the function with its own execution environments. */
  makeFunction(): LocalFunction;
  /** Everything that the function has written to its log. */
  output(): string;
  /** Waits for JSON lines of the function's output that contain this text.
   *  @param count minimum number of lines, 1 by default
   *  @throws Error if they do not arrive within 5 s */
  // biome-ignore lint/suspicious/noExplicitAny: log lines are untyped JSON
  lines(text: string, count?: number): Promise<any[]>;
}

/** Output of the function's thread arrives with a delay. */
const LINES_TIMEOUT_MILLIS = 5_000;

export const BROADCAST_URL = new URL('../../dist/functions/broadcast/index.js', import.meta.url).href;

/** The event of a schedule that is due now. */
export const scheduleEvent = (shard = 0) => ({ scheduledAt: new Date().toISOString(), shard });

/** The event of a queue message whose delay ends now. */
export function queueEvent(wake: Partial<QueuedWake>) {
  const { delaySeconds = 0 } = wake;
  const body = JSON.stringify({ shard: 0, reason: 'wake', sentBy: 'a', ...wake, delaySeconds });
  return { Records: [{ body, attributes: { SentTimestamp: String(Date.now() - delaySeconds * 1000) } }] };
}

/** Starts the services and connects the viewer. Everything stops when the test ends. */
export async function prepareStage(t: TestContext, options: StageOptions = {}): Promise<BroadcastStage> {
  const { aheadMillis = {}, timeoutMillis = 4_500, handlerUrl = BROADCAST_URL } = options;
  const dynamoDb = await startDynamoDb();
  t.after(() => dynamoDb.dispose());
  await createTable(dynamoDb, TABLE);
  const client = makeTableClient(dynamoDb.endpoint);
  t.after(() => client.destroy());
  const store = makeDynamoConnectionStore(client, TABLE.TableName);
  const gateway = await startTestGateway(t, {
    async $connect({ requestContext: { connectionId, connectedAt } }) {
      await store.put(makeConnection(connectionId, connectedAt));
      return { statusCode: 200 };
    },
  });
  const queue = await startRecordingQueue(t);
  const config = {
    TABLE_NAME: TABLE.TableName,
    CONNECTIONS_ENDPOINT: await startDateProxy(t, gateway.endpoint, aheadMillis.gateway ?? 0),
    INTERVAL_SECONDS: '1',
    SHARDS: '1',
    MAX_VIEWERS_PER_ADDRESS: 'unlimited',
    WAKE_QUEUE_URLS: await startDateProxy(t, queue.queueUrl, aheadMillis.queue ?? 0),
    POOL_SIZE: '200',
    POSTS_PER_SECOND: '8000',
    REFUSE_WRONG_CLOCK: 'true',
  };
  const tableEndpoint = await startDateProxy(t, dynamoDb.endpoint, aheadMillis.table ?? 0);
  const texts: string[] = [];
  const output = () => texts.join('');
  return {
    viewer: await TestViewer.connect(gateway.socketUrl),
    relay: makeDynamoRelayStore(client, TABLE.TableName, { shard: 0, shards: 1 }),
    sent: queue.sent,
    makeFunction() {
      const fn = new LocalFunction({
        functionName: 'broadcast',
        handlerUrl,
        variables: { ...functionVariables(config, tableEndpoint), ...options.variables },
        timeoutMillis,
        region: REGION,
        output: (text) => texts.push(text),
      });
      t.after(() => fn.dispose());
      return fn;
    },
    output,
    async lines(text, count = 1) {
      const startMillis = performance.now();
      for (;;) {
        // Lambda's own lines are not JSON.
        const complete = output().split('\n').slice(0, -1);
        const found = complete.filter((line) => line.startsWith('{') && line.includes(text));
        if (found.length >= count) return found.map((line) => JSON.parse(line));
        if (performance.now() - startMillis > LINES_TIMEOUT_MILLIS) throw new Error(`no "${text}" in:\n${output()}`);
        await sleep(10);
      }
    },
  };
}
