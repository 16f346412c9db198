// The whole system on one machine: page, gateway, functions, table and schedule behind one port.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ConfigEnvironment,
  type ConfigEnvironments,
  type FunctionName,
  NO_SECRET,
  UNLIMITED,
} from '../lambdas/config.ts';
import { formatMessage, GOING_AWAY } from '../lambdas/protocol.ts';
import { ownHost, ownOrigins, shownHost } from './address.ts';
import {
  ASYNCHRONOUS,
  CREDENTIALS,
  FUNCTIONS,
  REGION,
  ROUTES,
  SCHEDULE_PERIOD_MILLIS,
  STAGE,
  scheduleInput,
  TABLE,
} from './deployment.ts';
import { createTable, startDynamoDbThread } from './dynamodb.ts';
import { functionVariables } from './function-variables.ts';
import { invokeAsynchronously } from './functions/asynchronous.ts';
import { startInvokeApi } from './functions/invoke-api.ts';
import { LocalFunction } from './functions/local-function.ts';
import type { Faults } from './gateway/faults.ts';
import { Gateway } from './gateway/gateway.ts';
import { refuseHandshake } from './gateway/handshake.ts';
import type { Limits } from './gateway/limits.ts';
import { withOutputs } from './outputs.ts';
import { type Jitter, punctual, startSchedule } from './scheduler.ts';
import { answerWithoutUpgrade, isWebSocketUpgrade } from './without-upgrade.ts';

export interface LocalOptions {
  /** @default 0: any free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /** From one tick to the next: 1 to 60. @default 1 */
  readonly intervalSeconds?: number;
  /** Answers what is not the gateway's. @default - 404 for everything */
  readonly site?: RequestListener;
  /** Viewers beyond them are refused. @default 20,000 */
  readonly maxViewers?: number;
  /** Connections from one address beyond them are refused. @default - any number */
  readonly maxViewersPerAddress?: number;
  /** Origins of pages that may connect, such as `http://localhost:3000`, beside those of the platform itself. @default none */
  readonly allowedOrigins?: readonly string[];
  /** Refuses handshakes without `Origin`. @default false */
  readonly isOriginRequired?: boolean;
  /** Handshakes without it in `x-tickcast-origin-secret` are refused, as if CloudFront were to add it. At least 16 characters.
   *  @default - none is asked for: there is no CloudFront here */
  readonly originSecret?: string;
  /** Runners that share the viewers: 1, 2, 4, 8 or 16. @default 1 */
  readonly shards?: number;
  /** Posts of one runner in flight at most. @default 100 */
  readonly poolSize?: number;
  /** Between two invocations of the broadcast function. @default 60,000, as on AWS */
  readonly schedulePeriodMillis?: number;
  /** Makes for each schedule how far its invocations stray from their moments. @default punctual */
  makeScheduleJitter?(): Jitter;
  /** Of the gateway. @default AWS's */
  readonly limits?: Partial<Limits>;
  /** Of the gateway. @default none */
  readonly faults?: Faults;
  /** Gets what the functions write. @default - nobody */
  output?(text: string): void;
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
  /** Kills the environment of a function that has been at work longest. @returns whether there was one */
  crash(functionName: FunctionName): Promise<boolean>;
  /** What goes wrong with @connections requests from now on. @throws RangeError for a share that is not allowed */
  setFaults(faults: Faults): void;
  /** Says `closing` to every viewer, closes with 1001, and stops everything. */
  dispose(): Promise<void>;
}

/** Resolves when viewers can connect and the first invocation of the broadcast function is under way.
 *  @throws what `listen` throws, such as EADDRINUSE; nothing is left running then */
export async function startLocal(options: LocalOptions = {}): Promise<LocalPlatform> {
  const { port = 0, host = '127.0.0.1', shards = 1, output = () => {} } = options;
  // Longer than the longest interval, so that the fan-out's connections last from tick to tick.
  const server = createServer({ keepAliveTimeout: 70_000 });
  server.listen(port, host, LISTEN_BACKLOG);
  await once(server, 'listening');
  const { port: actualPort } = server.address() as AddressInfo;
  const shown = `${shownHost(host)}:${actualPort}`;

  const dynamoDb = await startDynamoDbThread();
  await createTable({ endpoint: dynamoDb.endpoint, region: REGION, credentials: CREDENTIALS }, TABLE);

  const invokeApi = await startInvokeApi(
    (name) => (Object.hasOwn(functions, name) ? functions[name as FunctionName] : undefined),
    ASYNCHRONOUS,
  );
  const environments = environmentsOf(options, {
    connectionsEndpoint: `http://${ownHost(host)}:${actualPort}/${STAGE}`,
    lambdaEndpoint: invokeApi.endpoint,
    origins: [...ownOrigins(host, actualPort), ...(options.allowedOrigins ?? [])],
  });
  const functions = Object.fromEntries(
    Object.entries(FUNCTIONS).map(([key, { entry, timeoutSeconds }]) => {
      const functionName = key as FunctionName;
      const fn = new LocalFunction({
        functionName,
        handlerUrl: new URL(`../${entry}`, import.meta.url).href,
        variables: functionVariables(functionName, environments[functionName] as ConfigEnvironment, dynamoDb.endpoint),
        timeoutMillis: timeoutSeconds * 1000,
        maxEnvironments: ENVIRONMENTS_PER_SHARD * shards,
        output,
      });
      return [functionName, fn];
    }),
  ) as Record<FunctionName, LocalFunction>;

  const gateway = new Gateway({
    stage: STAGE,
    routes: Object.fromEntries(
      Object.entries(ROUTES).map(([key, route]) => [
        key,
        { invoke: (event: unknown) => functions[route.function].invoke(event), routeResponse: route.routeResponse },
      ]),
    ),
    credentials: CREDENTIALS,
    region: REGION,
    domainName: shown,
    limits: options.limits ?? {},
    faults: options.faults ?? {},
  });

  const connectionsEndpoint = `http://${shown}/${STAGE}`;
  const site = withOutputs(
    { ConnectionsEndpoint: connectionsEndpoint, TableName: TABLE.TableName, DynamoDbEndpoint: dynamoDb.endpoint },
    options.site ?? ((_, response) => response.writeHead(404).end()),
  );
  const answer: RequestListener = (request, response) => {
    if (gateway.owns(request.url)) gateway.handleRequest(request, response);
    else site(request, response);
  };
  server.on('request', answer);
  server.on('upgrade', (request, socket, head) => {
    if (!isWebSocketUpgrade(request)) answerWithoutUpgrade(request, answer);
    else if (gateway.owns(request.url)) gateway.handleUpgrade(request, socket, head);
    else refuseHandshake(socket, 404);
  });

  const schedules = Array.from({ length: shards }, (_, shard) =>
    startSchedule({
      periodMillis: options.schedulePeriodMillis ?? SCHEDULE_PERIOD_MILLIS,
      jitter: options.makeScheduleJitter?.() ?? punctual,
      invoke: (scheduledAt) =>
        invokeAsynchronously(functions.broadcast, scheduleInput(scheduledAt, shard), ASYNCHRONOUS),
    }),
  );

  return {
    siteUrl: `http://${shown}/`,
    socketUrl: `ws://${shown}/${STAGE}`,
    connectionsEndpoint,
    dynamoDbEndpoint: dynamoDb.endpoint,
    crash: (functionName) => functions[functionName].crash(),
    setFaults: (faults) => gateway.setFaults(faults),
    async dispose() {
      for (const stopSchedule of schedules) stopSchedule();
      await functions.broadcast.dispose();
      gateway.postToAll(formatMessage({ type: 'closing', code: GOING_AWAY, reason: 'the server is shutting down' }));
      await gateway.dispose(GOING_AWAY);
      await Promise.all(Object.values(functions).map((fn) => fn.dispose()));
      server.closeAllConnections();
      await Promise.all([new Promise((resolve) => server.close(resolve)), invokeApi.dispose(), dynamoDb.dispose()]);
    },
  };
}

/** What the stack sets for each function. */
function environmentsOf(
  options: LocalOptions,
  addresses: {
    readonly connectionsEndpoint: string;
    readonly lambdaEndpoint: string;
    readonly origins: readonly string[];
  },
): ConfigEnvironments {
  const table = { TABLE_NAME: TABLE.TableName };
  const relay = {
    ...table,
    INTERVAL_SECONDS: String(options.intervalSeconds ?? 1),
    SHARDS: String(options.shards ?? 1),
    MAX_VIEWERS_PER_ADDRESS: String(options.maxViewersPerAddress ?? UNLIMITED),
    LAMBDA_ENDPOINT: addresses.lambdaEndpoint,
  };
  return {
    connect: {
      ...relay,
      ALLOWED_ORIGINS: addresses.origins.join(','),
      ORIGIN_REQUIRED: String(options.isOriginRequired ?? false),
      ORIGIN_SECRET: options.originSecret ?? NO_SECRET,
      MAX_VIEWERS: String(options.maxViewers ?? DEFAULT_MAX_VIEWERS),
      BROADCAST_FUNCTION: 'broadcast' satisfies FunctionName,
    },
    disconnect: table,
    message: {},
    broadcast: {
      ...relay,
      CONNECTIONS_ENDPOINT: addresses.connectionsEndpoint,
      POOL_SIZE: String(options.poolSize ?? DEFAULT_POOL_SIZE),
    },
  };
}

/** Leader, stand-by, a newcomer and its duplicate. */
const ENVIRONMENTS_PER_SHARD = 4;

const DEFAULT_MAX_VIEWERS = 20_000;
const DEFAULT_POOL_SIZE = 100;

/** Handshakes that may wait for the server; Node's own 511 is soon full when a thousand viewers come at once. */
const LISTEN_BACKLOG = 4_096;
