// Every environment key of the functions, its unit and its form. The handlers pass their environment to
// loadConfig and read nothing else of it. The stack (lib/) and the local platform (local/) set exactly these keys, which
// a parity test holds equal.

export interface Config {
  /** Name of the table with the connections and the relay. */
  readonly tableName: string;
  /** Endpoint of the @connections API: the execute-api host with the stage, no trailing slash. */
  readonly connectionsEndpoint: string;
  /** From one tick to the next, in milliseconds: 1,000 to 60,000. */
  readonly intervalMillis: number;
  /** The `Origin` values that may connect, each `scheme://host[:port]`. */
  readonly allowedOrigins: readonly string[];
}

/** The environment keys, as set by lib/ and local/. */
export const CONFIG_KEYS = ['TABLE_NAME', 'CONNECTIONS_ENDPOINT', 'INTERVAL_SECONDS', 'ALLOWED_ORIGINS'] as const;

export type ConfigKey = (typeof CONFIG_KEYS)[number];
export type ConfigEnvironment = Readonly<Record<ConfigKey, string>>;

export const MIN_INTERVAL_SECONDS = 1;
export const MAX_INTERVAL_SECONDS = 60;

/** A missing or malformed environment key: a mistake of the deployment, never of a viewer. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'TICKCAST_CONFIG';
}

/** Reads the configuration once per environment.
 *  @throws {ConfigError} naming the key, what it was, and what is allowed. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return {
    tableName: required(env, 'TABLE_NAME'),
    connectionsEndpoint: parseEndpoint(required(env, 'CONNECTIONS_ENDPOINT')),
    intervalMillis: parseIntervalSeconds('INTERVAL_SECONDS', required(env, 'INTERVAL_SECONDS')) * 1000,
    allowedOrigins: required(env, 'ALLOWED_ORIGINS').split(',').map(parseOrigin),
  };
}

/** Reads an interval wherever one is given as text: the environment, the command line, the CDK context.
 *  @throws {ConfigError} */
export function parseIntervalSeconds(what: string, text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= MIN_INTERVAL_SECONDS && seconds <= MAX_INTERVAL_SECONDS) return seconds;
  throw new ConfigError(
    `${what} must be a whole number of seconds from ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS}, got "${text}"`,
  );
}

function required(env: Readonly<Record<string, string | undefined>>, key: ConfigKey): string {
  const value = env[key]?.trim();
  if (value) return value;
  throw new ConfigError(`${key} must be set, got ${env[key] === undefined ? 'nothing' : 'an empty text'}`);
}

function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'https:' || url.protocol === 'http:') && !text.endsWith('/')) return text;
  throw new ConfigError(`CONNECTIONS_ENDPOINT must be http(s)://host/stage without a trailing slash, got "${text}"`);
}

function parseOrigin(text: string): string {
  const origin = text.trim();
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin;
  throw new ConfigError(
    `ALLOWED_ORIGINS must be origins such as https://clock.example, comma-separated, got "${origin}"`,
  );
}
