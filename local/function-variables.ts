// The environment variables of the local functions beside those that Lambda itself sets: what the stack sets, and the ways
// to the stand-ins.

import { devNull } from 'node:os';
import { type ConfigEnvironments, NO_SECRET } from '../lambdas/config.ts';
import { DEFAULT_INTERVAL_SECONDS, DEFAULT_SHARDS } from '../protocol/limits.ts';
import { UNLIMITED } from '../protocol/settings.ts';
import { CREDENTIALS, TABLE } from './deployment.ts';

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
  /** Posts of one runner a second at most. @default 100,000 */
  readonly postsPerSecond?: number;
  /** Ends a runner when two witnesses contradict its clock. @default true */
  readonly refuseWrongClock?: boolean;
}

/** Where the functions reach the services, and which pages may connect. */
export interface DeploymentAddresses {
  readonly connectionsEndpoint: string;
  /** URL of each shard's wake queue, by shard. */
  readonly wakeQueueUrls: readonly string[];
  readonly origins: readonly string[];
}

export const DEFAULT_MAX_VIEWERS = 20_000;
const DEFAULT_POOL_SIZE = 100;

/** More than one machine can post: there is no quota here. */
const DEFAULT_POSTS_PER_SECOND = 100_000;

/** What the stack sets for each function. */
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

/** Kept from the developer's own environment: nothing. A function sees this and no more. */
export function functionVariables(
  config: Readonly<Record<string, string>>,
  dynamoDbEndpoint: string,
): Record<string, string> {
  return {
    ...config,
    // The credentials of the function's role.
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    // Only here: they lead the AWS clients to the stand-ins, and away from the developer's own AWS configuration.
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDbEndpoint,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
}
