// The environment variables of the local functions, except those that Lambda itself sets: the variables of the stack,
// and the endpoints of the local services.

import { devNull } from 'node:os';
import { type ConfigEnvironments, NO_SECRET } from '../lambdas/config.ts';
import { DEFAULT_INTERVAL_SECONDS, DEFAULT_SHARDS } from '../protocol/limits.ts';
import { UNLIMITED } from '../protocol/settings.ts';
import { CREDENTIALS, TABLE } from './deployment.ts';

export interface DeploymentSettings {
  /** Seconds from one tick to the next, 1 to 60. @default 1 */
  readonly intervalSeconds?: number;
  /** Maximum number of viewers. Further ones are refused. @default 20,000 */
  readonly maxViewers?: number;
  /** Maximum number of connections per address. Further ones are refused. @default - no limit */
  readonly maxViewersPerAddress?: number;
  /** Origins of further pages that may connect, for example `http://localhost:3000`. @default - only the origins of the
   *  platform itself */
  readonly allowedOrigins?: readonly string[];
  /** Refuses handshakes without `Origin`. @default false */
  readonly isOriginRequired?: boolean;
  /** If set, handshakes without this value in `x-tickcast-origin-secret` are refused. CloudFront adds the header in a
   *  deployment. At least 16 characters. @default - not required */
  readonly originSecret?: string;
  /** Number of shards that divide the viewers: 1, 2, 4, 8 or 16. @default 1 */
  readonly shards?: number;
  /** Maximum number of posts of a runner in flight. @default 100 */
  readonly poolSize?: number;
  /** Maximum number of posts per second of a runner. @default 100,000 */
  readonly postsPerSecond?: number;
  /** Whether a runner ends when two witnesses contradict its clock. @default true */
  readonly refuseWrongClock?: boolean;
}

/** Endpoints of the services, and the origins of pages that may connect. */
export interface DeploymentAddresses {
  readonly connectionsEndpoint: string;
  /** URL of each shard's wake queue, by shard. */
  readonly wakeQueueUrls: readonly string[];
  readonly origins: readonly string[];
}

export const DEFAULT_MAX_VIEWERS = 20_000;
const DEFAULT_POOL_SIZE = 100;

/** More than one machine can post, because there is no quota here. */
const DEFAULT_POSTS_PER_SECOND = 100_000;

/** Returns the variables that the stack sets for each function. */
export function environmentsOf(settings: DeploymentSettings, addresses: DeploymentAddresses): ConfigEnvironments {
  const table = { TABLE_NAME: TABLE.TableName };
  const relay = {
    ...table,
    INTERVAL_SECONDS: String(settings.intervalSeconds ?? DEFAULT_INTERVAL_SECONDS),
    SHARDS: String(settings.shards ?? DEFAULT_SHARDS),
    MAX_VIEWERS_PER_ADDRESS: String(settings.maxViewersPerAddress ?? UNLIMITED),
    WAKE_QUEUE_URLS: addresses.wakeQueueUrls.join(','),
  };
  return {
    connect: {
      ...relay,
      ALLOWED_ORIGINS: addresses.origins.join(','),
      ORIGIN_REQUIRED: String(settings.isOriginRequired ?? false),
      ORIGIN_SECRET: settings.originSecret ?? NO_SECRET,
      MAX_VIEWERS: String(settings.maxViewers ?? DEFAULT_MAX_VIEWERS),
    },
    disconnect: table,
    message: {},
    broadcast: {
      ...relay,
      CONNECTIONS_ENDPOINT: addresses.connectionsEndpoint,
      POSTS_PER_SECOND: String(settings.postsPerSecond ?? DEFAULT_POSTS_PER_SECOND),
      POOL_SIZE: String(settings.poolSize ?? DEFAULT_POOL_SIZE),
      REFUSE_WRONG_CLOCK: String(settings.refuseWrongClock ?? true),
    },
  };
}

/** Returns all variables of a function. It gets no variables of the developer's own environment. */
export function functionVariables(
  config: Readonly<Record<string, string>>,
  dynamoDbEndpoint: string,
): Record<string, string> {
  return {
    ...config,
    // Credentials of the function's role.
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // Only local functions have these. They point the AWS clients to the local services, and away from the developer's
    // AWS configuration.
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
