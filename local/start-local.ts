// The whole system on one machine: page, gateway, functions, table and schedule behind one port.

import type { RequestListener } from 'node:http';
import type { FunctionName } from '../lambdas/config.ts';
import { formatMessage, GOING_AWAY } from '../lambdas/protocol.ts';
import { ownOrigins, reachableHost, shownHost } from './address.ts';
import {
  ASYNCHRONOUS,
  CREDENTIALS,
  FUNCTIONS,
  type FunctionDeployment,
  REGION,
  ROUTES,
  SCHEDULE_PERIOD_MILLIS,
  STAGE,
  scheduleInput,
  TABLE,
} from './deployment.ts';
import { createTable, startDynamoDbThread } from './dynamodb.ts';
import { type DeploymentAddresses, type DeploymentSettings, environmentsOf } from './environments.ts';
import { functionVariables } from './function-variables.ts';
import { invokeAsynchronously } from './functions/asynchronous.ts';
import { Concurrency } from './functions/concurrency.ts';
import { startInvokeApi } from './functions/invoke-api.ts';
import { LocalFunction } from './functions/local-function.ts';
import type { Faults } from './gateway/faults.ts';
import { Gateway } from './gateway/gateway.ts';
import { refuseHandshake } from './gateway/handshake.ts';
import type { Route, Routes } from './gateway/integration.ts';
import type { Limits } from './gateway/limits.ts';
import { type HttpHandlers, startHttpServer } from './http-server.ts';
import { withOutputs } from './outputs.ts';
import { type Jitter, punctual, startSchedule } from './scheduler.ts';

export interface LocalOptions extends DeploymentSettings {
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
  /** Of the gateway. @default AWS's */
  readonly limits?: Partial<Limits>;
  /** Of the gateway. @default none */
  readonly faults?: Faults;
  /** Invocations of all functions at a time; beyond them Lambda throttles. New accounts have 10 or 50. @default 1,000 */
  readonly accountConcurrency?: number;
  /** Threads of one function at most; further invocations wait. The broadcast function has at least four for each shard.
   *  @default 16 */
  readonly threadsPerFunction?: number;
  /** Leads the functions' requests to a service over something else, such as a proxy that fails.
   *  @param endpoint of the service itself
   *  @returns the endpoint for the functions
   *  @default - straight */
  via?(service: 'connections' | 'table', endpoint: string): string;
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
  const { port = 0, host = 'localhost', shards = 1, via = (_, endpoint) => endpoint } = options;
  await using running = new AsyncDisposableStack();
  const dynamoDb = running.adopt(await startDynamoDbThread(), (server) => server.dispose());
  await createTable({ endpoint: dynamoDb.endpoint, region: REGION, credentials: CREDENTIALS }, TABLE);
  const invokeApi = running.adopt(await startInvokeApi(functionOf, ASYNCHRONOUS), (api) => api.dispose());

  const http = await startHttpServer({ port, host }, (bound) => {
    const shown = `${shownHost(host)}:${bound.port}`;
    const connectionsEndpoint = `http://${shown}/${STAGE}`;
    const functions = makeFunctions(options, {
      connectionsEndpoint: via('connections', `http://${reachableHost(bound.address)}:${bound.port}/${STAGE}`),
      tableEndpoint: via('table', dynamoDb.endpoint),
      lambdaEndpoint: invokeApi.endpoint,
      origins: [...ownOrigins(host, bound.port), ...(options.allowedOrigins ?? [])],
    });
    const gateway = new Gateway({
      stage: STAGE,
      routes: routesTo(functions),
      credentials: CREDENTIALS,
      region: REGION,
      domainName: shown,
      limits: options.limits ?? {},
      faults: options.faults ?? {},
    });
    const outputs = {
      ConnectionsEndpoint: connectionsEndpoint,
      TableName: TABLE.TableName,
      DynamoDbEndpoint: dynamoDb.endpoint,
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
    return { shown, connectionsEndpoint, functions, gateway, request, upgrade };
  });
  running.defer(() => http.dispose());
  const { shown, connectionsEndpoint, functions, gateway } = http.handlers;
  running.defer(async () => {
    await Promise.all(Object.values(functions).map((fn) => fn.dispose()));
  });
  running.defer(async () => {
    await functions.broadcast.dispose();
    gateway.postToAll(formatMessage({ type: 'closing', code: GOING_AWAY, reason: 'the server is shutting down' }));
    await gateway.dispose(GOING_AWAY);
  });

  for (let shard = 0; shard < shards; shard++) {
    const stop = startSchedule({
      periodMillis: options.schedulePeriodMillis ?? SCHEDULE_PERIOD_MILLIS,
      jitter: options.makeScheduleJitter?.() ?? punctual,
      invoke: (scheduledAt) =>
        invokeAsynchronously(functions.broadcast, scheduleInput(scheduledAt, shard), ASYNCHRONOUS),
    });
    running.defer(stop);
  }

  const all = running.move();
  return {
    siteUrl: `http://${shown}/`,
    socketUrl: `ws://${shown}/${STAGE}`,
    connectionsEndpoint,
    dynamoDbEndpoint: dynamoDb.endpoint,
    crash: (functionName) => functions[functionName].crash(),
    setFaults: (faults) => gateway.setFaults(faults),
    dispose: () => all.disposeAsync(),
  };

  function functionOf(name: string): LocalFunction | undefined {
    return Object.hasOwn(FUNCTIONS, name) ? functions[name as FunctionName] : undefined;
  }
}

type Functions = Readonly<Record<FunctionName, LocalFunction>>;

function makeFunctions(
  options: LocalOptions,
  { tableEndpoint, ...addresses }: DeploymentAddresses & { readonly tableEndpoint: string },
): Functions {
  const { shards = 1, threadsPerFunction = DEFAULT_THREADS, output = () => {} } = options;
  const environments = environmentsOf(options, addresses);
  const concurrency = new Concurrency(options.accountConcurrency);
  const make = (functionName: FunctionName, { entry, timeoutSeconds, memoryMegabytes }: FunctionDeployment) =>
    new LocalFunction({
      functionName,
      handlerUrl: new URL(`../${entry}`, import.meta.url).href,
      variables: functionVariables(environments[functionName], tableEndpoint),
      timeoutMillis: timeoutSeconds * 1000,
      memoryMegabytes,
      region: REGION,
      concurrency,
      maxEnvironments:
        functionName === 'broadcast' ? Math.max(threadsPerFunction, RUNNERS * shards) : threadsPerFunction,
      output,
    });
  const made = Object.entries(FUNCTIONS).map(([name, fn]) => [name, make(name as FunctionName, fn)]);
  return Object.fromEntries(made) as Functions;
}

function routesTo(functions: Functions): Routes {
  const routes = Object.entries(ROUTES).map(([key, { function: name, routeResponse }]) => {
    const route: Route = { invoke: (event, options) => functions[name].invoke(event, options), routeResponse };
    return [key, route];
  });
  return Object.fromEntries(routes);
}

const DEFAULT_THREADS = 16;

/** Of one shard at a time: leader, stand-by, a newcomer and its duplicate. */
const RUNNERS = 4;
