// The whole system on one machine: page, gateway, functions, table, queues and schedule behind one port.

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
  /** @default 0: any free port */
  readonly port?: number;
  /** `localhost` stands for both loopback addresses. @default 'localhost' */
  readonly host?: string;
  /** Answers what is not the gateway's. @default - 404 for everything */
  readonly site?: RequestListener;
  /** Between two invocations of the broadcast function. @default 60,000, as on AWS */
  readonly schedulePeriodMillis?: number;
  /** Makes for each schedule how far its invocations stray from their moments. @default punctual */
  makeScheduleJitter?(): Jitter;
  /** How far messages of the wake queues stray from their moments, come twice, or are lost. @default punctual */
  readonly messageLateness?: Lateness;
  /** Of the gateway. @default AWS's */
  readonly limits?: Partial<Limits>;
  /** Of the gateway. @default none */
  readonly faults?: Faults;
  /** Leads the functions' requests to a service over something else, such as a proxy that fails.
   *  @param endpoint of the service itself
   *  @returns the endpoint for the functions
   *  @default - straight */
  via?(service: 'connections' | 'table' | 'queue', endpoint: string): string;
}

export interface LocalPlatform {
  /** Of the page, with a trailing slash. */
  readonly siteUrl: string;
  /** Of the WebSocket; a query string may follow. */
  readonly socketUrl: string;
  /** Endpoint of the @connections API, for the AWS SDK. */
  readonly connectionsEndpoint: string;
  /** Endpoint of the table's DynamoDB. */
  readonly dynamoDbEndpoint: string;
  /** URL of each shard's wake queue, by shard. */
  readonly wakeQueueUrls: readonly string[];
  /** Kills the environment of a function that has been at work longest. @returns whether there was one */
  crash(functionName: FunctionName): Promise<boolean>;
  /** Sets what goes wrong with @connections requests from now on. */
  setFaults(faults: Faults): void;
  /** Kills all environments, so that the functions' code is loaded anew, and starts a runner for each shard. Connections stay. */
  restart(): Promise<void>;
  /** Says `closing` to every viewer, closes with 1001, and stops everything. */
  dispose(): Promise<void>;
}

/** Resolves when viewers can connect and the first invocation of the broadcast function is under way.
 *  @throws what `listen` throws, such as EADDRINUSE; nothing is left running then */
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

/** Gateway, functions and page of a server that has just been bound. */
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
