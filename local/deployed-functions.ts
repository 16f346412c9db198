// The four functions of the stack as local functions, and the routes of the gateway to them.

import type { FunctionName } from '../lambdas/config.ts';
import { FUNCTIONS, type FunctionDeployment, REGION, ROUTES } from './deployment.ts';
import {
  type DeploymentAddresses,
  type DeploymentSettings,
  environmentsOf,
  functionVariables,
} from './function-variables.ts';
import { Concurrency } from './functions/concurrency.ts';
import { LocalFunction } from './functions/local-function.ts';
import type { Route, Routes } from './gateway/integration.ts';

export interface FunctionSettings extends DeploymentSettings {
  /** Maximum number of concurrent invocations of all functions. Further ones are throttled, as in Lambda. New accounts
   *  have 10 or 50. @default 1,000 */
  readonly accountConcurrency?: number;
  /** Maximum number of threads per function. Further invocations wait. Each function has one thread, and all functions
   *  share nine more. The broadcast function has three more for each shard. @default 16 */
  readonly threadsPerFunction?: number;
  /** Receives the output of the functions (stdout and stderr). @default - the output is discarded */
  output?(text: string): void;
}

export type Functions = Readonly<Record<FunctionName, LocalFunction>>;

const DEFAULT_THREADS = 16;

/** Number of threads that all functions share, in addition to the first thread of each function and the threads of
 *  runners. With this number, a thousand clients that reconnect at once are served in less than 1 GB. */
const FURTHER_THREADS = 9;

/** Number of concurrent runners per shard: the leader, its successor, and one that a guard starts. */
const RUNNERS = 3;

/** @throws RangeError for an invalid concurrency */
export function makeFunctions(
  settings: FunctionSettings,
  { tableEndpoint, ...addresses }: DeploymentAddresses & { readonly tableEndpoint: string },
): Functions {
  const { shards = 1, threadsPerFunction = DEFAULT_THREADS, output = () => {} } = settings;
  const environments = environmentsOf(settings, addresses);
  const concurrency = new Concurrency(settings.accountConcurrency);
  const furtherEnvironments = new Concurrency(FURTHER_THREADS);
  const runners = RUNNERS * shards;
  const make = (functionName: FunctionName, { entry, timeoutSeconds, memoryMegabytes }: FunctionDeployment) =>
    new LocalFunction({
      functionName,
      handlerUrl: new URL(`../${entry}`, import.meta.url).href,
      variables: functionVariables(environments[functionName], tableEndpoint),
      timeoutMillis: timeoutSeconds * 1000,
      memoryMegabytes,
      region: REGION,
      concurrency,
      furtherEnvironments,
      maxEnvironments: threadsPerFunction,
      ...(functionName === 'broadcast' && {
        maxEnvironments: Math.max(threadsPerFunction, runners),
        promptEnvironments: runners,
      }),
      output,
    });
  const made = Object.entries(FUNCTIONS).map(([name, fn]) => [name, make(name as FunctionName, fn)]);
  return Object.fromEntries(made) as Functions;
}

export function routesTo(functions: Functions): Routes {
  const routes = Object.entries(ROUTES).map(([key, { function: name, routeResponse }]) => {
    const route: Route = { invoke: (event, options) => functions[name].invoke(event, options), routeResponse };
    return [key, route];
  });
  return Object.fromEntries(routes);
}
