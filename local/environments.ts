// What the stack sets in the environment of each function, for the local platform.

import { type ConfigEnvironments, type FunctionName, NO_SECRET, UNLIMITED } from '../lambdas/config.ts';
import { TABLE } from './deployment.ts';

export interface DeploymentSettings {
  /** From one tick to the next: 1 to 60. @default 1 */
  readonly intervalSeconds?: number;
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
}

/** Where the functions reach the services, and which pages may connect. */
export interface DeploymentAddresses {
  readonly connectionsEndpoint: string;
  readonly lambdaEndpoint: string;
  readonly origins: readonly string[];
}

const DEFAULT_MAX_VIEWERS = 20_000;
const DEFAULT_POOL_SIZE = 100;

export function environmentsOf(settings: DeploymentSettings, addresses: DeploymentAddresses): ConfigEnvironments {
  const table = { TABLE_NAME: TABLE.TableName };
  const relay = {
    ...table,
    INTERVAL_SECONDS: String(settings.intervalSeconds ?? 1),
    SHARDS: String(settings.shards ?? 1),
    MAX_VIEWERS_PER_ADDRESS: String(settings.maxViewersPerAddress ?? UNLIMITED),
    LAMBDA_ENDPOINT: addresses.lambdaEndpoint,
  };
  return {
    connect: {
      ...relay,
      ALLOWED_ORIGINS: addresses.origins.join(','),
      ORIGIN_REQUIRED: String(settings.isOriginRequired ?? false),
      ORIGIN_SECRET: settings.originSecret ?? NO_SECRET,
      MAX_VIEWERS: String(settings.maxViewers ?? DEFAULT_MAX_VIEWERS),
      BROADCAST_FUNCTION: 'broadcast' satisfies FunctionName,
    },
    disconnect: table,
    message: {},
    broadcast: {
      ...relay,
      CONNECTIONS_ENDPOINT: addresses.connectionsEndpoint,
      POOL_SIZE: String(settings.poolSize ?? DEFAULT_POOL_SIZE),
    },
  };
}
