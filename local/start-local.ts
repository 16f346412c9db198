// Starts the whole system on one machine: page, gateway, functions, table, queues and schedule on one port.

import type { RequestListener } from 'node:http';
import type { FunctionName } from '../lambdas/config.ts';
import { DEFAULT_SHARDS, STAGE } from '../protocol/limits.ts';
import { formatMessage, GOING_AWAY } from '../protocol/messages.ts';
import { ownOrigins, reachableHost, shownHost } from './address.ts';
import { type FunctionSettings, makeFunctions, routesTo } from './deployed-functions.ts';
import {
  CREDENTIALS,
  MAX_EVENT_AGE_MILLIS,
  REGION,
  SCHEDULE_PERIOD_MILLIS,
  scheduleInput,
  TABLE,
} from './deployment.ts';
import { invokeAsynchronously } from './functions/asynchronous.ts';
import type { Faults } from './gateway/faults.ts';
import { Gateway } from './gateway/gateway.ts';
import { refuseHandshake } from './gateway/handshake.ts';
import type { Limits } from './gateway/limits.ts';
import { type Bound, type HttpHandlers, startHttpServer } from './http-server.ts';
import { withOutputs } from './outputs.ts';
import type { Lateness } from './queue/message-queue.ts';
import { startWakeQueues } from './queue/wake-queues.ts';
import { type Jitter, punctual, startSchedule } from './scheduler.ts';
import { startTableThread } from './table-thread.ts';

export interface LocalOptions extends FunctionSettings {
  /** @default 0, any free port */
  readonly port?: number;
  /** `localhost` means both loopback addresses. @default 'localhost' */
  readonly host?: string;
  /** Answers all requests except those for the gateway. @default - 404 */
  readonly site?: RequestListener;
  /** Time between two scheduled invocations of the broadcast function. @default 60,000, as on AWS */
  readonly schedulePeriodMillis?: number;
  /** Called for each schedule; returns the lateness of its invocations. @default - without lateness */
  makeScheduleJitter?(): Jitter;
  /** Lateness of the messages of the wake queues. They can also be lost or arrive twice. @default - without lateness */
  readonly messageLateness?: Lateness;
  /** Limits of the gateway. @default - the limits of AWS */
  readonly limits?: Partial<Limits>;
  /** Faults of the gateway. @default - none */
  readonly faults?: Faults;
  /** Replaces the endpoint of a service for the functions, for example by a proxy that fails.
   *  @param endpoint endpoint of the service
   *  @returns endpoint for the functions
   *  @default - the endpoint of the service */
  via?(service: 'connections' | 'table' | 'queue', endpoint: string): string;
}

export interface LocalPlatform {
  /** URL of the page, with a trailing slash. */
  readonly siteUrl: string;
  /** URL of the WebSocket. A query string may be appended. */
  readonly socketUrl: string;
  /** Endpoint of the @connections API, for the AWS SDK. */
  readonly connectionsEndpoint: string;
  /** Endpoint of DynamoDB. */
  readonly dynamoDbEndpoint: string;
  /** URL of each shard's wake queue, by shard. */
  readonly wakeQueueUrls: readonly string[];
  /** Kills the environment of a function with the longest-running invocation. @returns false if there is none */
  crash(functionName: FunctionName): Promise<boolean>;
  /** Sets the faults of @connections requests from now on. */
  setFaults(faults: Faults): void;
  /** Kills all environments, so that the code of the functions is loaded again, and starts a runner for each shard.
   *  Connections stay open. */
  restart(): Promise<void>;
  /** Sends `closing` to every viewer, closes with 1001, and stops everything. */
  dispose(): Promise<void>;
}

/** Resolves when viewers can connect and the first invocation of the broadcast function has begun.
 *  @throws Error of `listen`, for example EADDRINUSE; then nothing keeps running */
export async function startLocal(options: LocalOptions = {}): Promise<LocalPlatform> {
  const { port = 0, host = 'localhost', shards = DEFAULT_SHARDS, messageLateness, output = () => {} } = options;
  await using running = new AsyncDisposableStack();
  const dynamoDb = running.adopt(await startTableThread(TABLE), (thread) => thread.dispose());
  const wakeQueues = running.adopt(await startWakeQueues({ shards, lateness: messageLateness, output }), (queues) =>
    queues.dispose(),
  );
  const { queueUrls } = wakeQueues;
  const http = await startHttpServer({ port, host }, (bound) =>
    makeHandlers(options, bound, dynamoDb.endpoint, queueUrls),
  );
  running.defer(() => http.dispose());
  const { shown, gateway, functions: all } = http.handlers;
  running.defer(async () => {
    await Promise.all(Object.values(all).map((fn) => fn.dispose()));
  });
  running.defer(async () => {
    await all.broadcast.dispose();
    gateway.postToAll(formatMessage({ type: 'closing', code: GOING_AWAY, reason: 'the server is shutting down' }));
    await gateway.dispose(GOING_AWAY);
  });

  wakeQueues.deliverTo(all.broadcast);
  const invoke = (scheduledAt: string, shard: number) =>
    invokeAsynchronously(all.broadcast, scheduleInput(scheduledAt, shard), MAX_EVENT_AGE_MILLIS);
  for (let shard = 0; shard < shards; shard++) {
    const stop = startSchedule({
      periodMillis: options.schedulePeriodMillis ?? SCHEDULE_PERIOD_MILLIS,
      jitter: options.makeScheduleJitter?.() ?? punctual,
      invoke: (scheduledAt) => invoke(scheduledAt, shard),
    });
    running.defer(stop);
  }

  const everything = running.move();
  return {
    siteUrl: `http://${shown}/`,
    socketUrl: `ws://${shown}/${STAGE}`,
    connectionsEndpoint: `http://${shown}/${STAGE}`,
    dynamoDbEndpoint: dynamoDb.endpoint,
    wakeQueueUrls: queueUrls,
    crash: (functionName) => all[functionName].crash(),
    setFaults: (faults) => gateway.setFaults(faults),
    async restart() {
      await Promise.all(Object.values(all).map((fn) => fn.restart()));
      for (let shard = 0; shard < shards; shard++) invoke(new Date().toISOString(), shard);
    },
    dispose: () => everything.disposeAsync(),
  };
}

/** Creates gateway, functions and page for a server that listens. */
function makeHandlers(
  options: LocalOptions,
  { address, port }: Bound,
  tableEndpoint: string,
  queueUrls: readonly string[],
) {
  const { host = 'localhost', via = (_, endpoint) => endpoint, limits = {}, faults = {} } = options;
  const shown = `${shownHost(host)}:${port}`;
  const functions = makeFunctions(options, {
    connectionsEndpoint: via('connections', `http://${reachableHost(address)}:${port}/${STAGE}`),
    tableEndpoint: via('table', tableEndpoint),
    wakeQueueUrls: queueUrls.map((url) => via('queue', new URL(url).origin) + new URL(url).pathname),
    origins: [...ownOrigins(host, port), ...(options.allowedOrigins ?? [])],
  });
  const routes = routesTo(functions);
  const api = { stage: STAGE, routes, credentials: CREDENTIALS, region: REGION, domainName: shown };
  const gateway = new Gateway({ ...api, limits, faults });
  const outputs = {
    ConnectionsEndpoint: `http://${shown}/${STAGE}`,
    TableName: TABLE.TableName,
    DynamoDbEndpoint: tableEndpoint,
  };
  const site = withOutputs(outputs, options.site ?? ((_, response) => response.writeHead(404).end()));
  const request: RequestListener = (asked, response) => {
    if (gateway.owns(asked.url)) gateway.handleRequest(asked, response);
    else site(asked, response);
  };
  const upgrade: HttpHandlers['upgrade'] = (asked, socket, head) => {
    if (gateway.owns(asked.url)) gateway.handleUpgrade(asked, socket, head);
    else refuseHandshake(socket, 404);
  };
  return { shown, functions, gateway, request, upgrade };
}
