// The four functions of the stack as local ones, and the routes that lead to them.

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
  /** Invocations of all functions at a time; beyond them Lambda throttles. New accounts have 10 or 50. @default 1,000 */
  readonly accountConcurrency?: number;
  /** Threads of one function at most; further invocations wait. Beyond the first of each, all functions share nine; the
   *  broadcast function has three for each shard beside them. @default 16 */
  readonly threadsPerFunction?: number;
  /** Receives what the functions write to stdout and stderr. @default - it is dropped */
  output?(text: string): void;
}

export type Functions = Readonly<Record<FunctionName, LocalFunction>>;

const DEFAULT_THREADS = 16;

/** Threads that all functions share, beyond the first of each and those of runners. With this number a thousand clients that
 *  return at once are served in less than 1 GB. */
const FURTHER_THREADS = 9;

/** Runners of one shard at a time: the leader, its successor, and one that a guard message starts. */
const RUNNERS = 3;

/** @throws RangeError for a concurrency that is not allowed */
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
