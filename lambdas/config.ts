// The environment variables of the functions connect, disconnect, message and broadcast. Each handler that has
// variables reads them only through its loader here. The stack (lib/) and the local platform (local/) set exactly these
// keys; test/lib/parity.test.ts compares them.

import { MAX_POOL_SIZE, MAX_REQUEST_QUOTA, MAX_VIEWERS_LIMIT } from '../protocol/limits.ts';
import {
  ConfigError,
  parseBoolean,
  parseCount,
  parseIntervalSeconds,
  parseLimit,
  parseOrigins,
  parseShards,
  UNLIMITED,
} from '../protocol/settings.ts';
import type { AdmissionRules } from './domain/admission.ts';

/** Names of the environment variables of each function. */
export const CONFIG_KEYS = {
  connect: [
    'TABLE_NAME',
    'INTERVAL_SECONDS',
    'SHARDS',
    'ALLOWED_ORIGINS',
    'ORIGIN_REQUIRED',
    'ORIGIN_SECRET',
    'MAX_VIEWERS',
    'MAX_VIEWERS_PER_ADDRESS',
    'WAKE_QUEUE_URLS',
  ],
  disconnect: ['TABLE_NAME'],
  message: [],
  broadcast: [
    'TABLE_NAME',
    'INTERVAL_SECONDS',
    'SHARDS',
    'MAX_VIEWERS_PER_ADDRESS',
    'WAKE_QUEUE_URLS',
    'CONNECTIONS_ENDPOINT',
    'POOL_SIZE',
    'POSTS_PER_SECOND',
    'REFUSE_WRONG_CLOCK',
  ],
} as const;

export type FunctionName = keyof typeof CONFIG_KEYS;

/** The environment variables that a deployment sets for one function. */
export type ConfigEnvironment<Name extends FunctionName = FunctionName> = Readonly<
  Record<(typeof CONFIG_KEYS)[Name][number], string>
>;

/** The environment variables that a deployment sets for all functions. */
export type ConfigEnvironments = { readonly [Name in FunctionName]: ConfigEnvironment<Name> };

export interface TableConfig {
  /** Name of the table with connections, layouts and relays. */
  readonly tableName: string;
}

interface RelayConfig extends TableConfig {
  /** Milliseconds from one tick to the next: 1,000 to 60,000. */
  readonly intervalMillis: number;
  /** Number of runners that share the viewers: 1, 2, 4, 8 or 16. */
  readonly shards: number;
  /** Maximum of connections from one address; undefined for no limit. */
  readonly maxViewersPerAddress: number | undefined;
  /** URL of each shard's wake queue, in order: `https://sqs.{region}.amazonaws.com/{account}/{name}` */
  readonly wakeQueueUrls: readonly string[];
  /** Endpoint of SQS, such as an emulator's; undefined for the origin of the queue URLs. */
  readonly queueEndpoint: string | undefined;
}

export interface ConnectConfig extends RelayConfig, AdmissionRules {
  /** Secret that CloudFront adds to every handshake. Undefined without CloudFront: viewers connect to the API
   *  directly. */
  readonly originSecret: string | undefined;
}

export interface BroadcastConfig extends RelayConfig {
  /** Endpoint of the @connections API: the execute-api host with the stage, no trailing slash. */
  readonly connectionsEndpoint: string;
  /** Maximum of posts in flight. At 20 ms each, 200 in flight make 10,000 a second, an account's quota in most
   *  regions. */
  readonly poolSize: number;
  /** Maximum of posts of one runner per second: its share of the account's quota. */
  readonly postsPerSecond: number;
  /** Whether a runner ends when two witnesses contradict its clock. */
  readonly refuseWrongClock: boolean;
}

/** Value of `ORIGIN_SECRET` when `$connect` requires no secret. */
export const NO_SECRET = 'none';

/** A shorter secret could be guessed. */
const MIN_SECRET_LENGTH = 16;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ConfigError} with the variable's name, the allowed values and the value received, like all loaders here */
export function loadTableConfig(env: Environment): TableConfig {
  return { tableName: required(env, 'TABLE_NAME') };
}

export function loadConnectConfig(env: Environment): ConnectConfig {
  return {
    ...loadRelayConfig(env),
    allowedOrigins: parseOrigins('ALLOWED_ORIGINS', required(env, 'ALLOWED_ORIGINS')),
    isOriginRequired: parseBoolean('ORIGIN_REQUIRED', required(env, 'ORIGIN_REQUIRED')),
    maxViewers: parseCount('MAX_VIEWERS', required(env, 'MAX_VIEWERS'), MAX_VIEWERS_LIMIT),
    originSecret: parseSecret('ORIGIN_SECRET', required(env, 'ORIGIN_SECRET')),
  };
}

export function loadBroadcastConfig(env: Environment): BroadcastConfig {
  return {
    ...loadRelayConfig(env),
    connectionsEndpoint: parseEndpoint('CONNECTIONS_ENDPOINT', required(env, 'CONNECTIONS_ENDPOINT')),
    poolSize: parseCount('POOL_SIZE', required(env, 'POOL_SIZE'), MAX_POOL_SIZE),
    postsPerSecond: parseCount('POSTS_PER_SECOND', required(env, 'POSTS_PER_SECOND'), MAX_REQUEST_QUOTA),
    refuseWrongClock: parseBoolean('REFUSE_WRONG_CLOCK', required(env, 'REFUSE_WRONG_CLOCK')),
  };
}

function loadRelayConfig(env: Environment): RelayConfig {
  const shards = parseShards('SHARDS', required(env, 'SHARDS'));
  return {
    ...loadTableConfig(env),
    intervalMillis: parseIntervalSeconds('INTERVAL_SECONDS', required(env, 'INTERVAL_SECONDS')) * 1000,
    shards,
    wakeQueueUrls: parseQueueUrls('WAKE_QUEUE_URLS', required(env, 'WAKE_QUEUE_URLS'), shards),
    // The AWS SDK reads the same two variables for the endpoint of an emulator.
    queueEndpoint: env.AWS_ENDPOINT_URL_SQS ?? env.AWS_ENDPOINT_URL,
    maxViewersPerAddress: limitOf(env, 'MAX_VIEWERS_PER_ADDRESS'),
  };
}

function limitOf(env: Environment, key: string): number | undefined {
  const limit = parseLimit(key, required(env, key), MAX_VIEWERS_LIMIT);
  return limit === UNLIMITED ? undefined : limit;
}

function required(env: Environment, key: string): string {
  const value = env[key]?.trim();
  if (value) return value;
  throw new ConfigError(`${key} must be set, got ${env[key] === undefined ? 'nothing' : 'an empty text'}`);
}

function parseEndpoint(what: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && !text.endsWith('/')) return text;
  throw new ConfigError(`${what} must be an http(s) URL without a trailing slash, got "${text}"`);
}

function parseQueueUrls(what: string, text: string, shards: number): string[] {
  const urls = text.split(',').map((url) => parseEndpoint(what, url));
  if (urls.length === shards) return urls;
  throw new ConfigError(
    `${what} must be one URL for each of ${shards} shards, separated by commas, got ${urls.length}`,
  );
}

function parseSecret(what: string, text: string): string | undefined {
  if (text === NO_SECRET) return undefined;
  if (text.length >= MIN_SECRET_LENGTH) return text;
  // The message is logged, so it must not contain the secret.
  throw new ConfigError(
    `${what} must be ${NO_SECRET}, or at least ${MIN_SECRET_LENGTH} characters, got ${text.length} characters`,
  );
}
