// Parsers of settings. The functions' environment, the command line and the CDK context share them. `what` is the name
// of the setting in the error, such as `--interval`.

import { MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, SHARD_COUNTS } from './limits.ts';

/** A setting of a deployment or of a command line is missing or malformed. Input of viewers never causes it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'TICKCAST_CONFIG';
}

/** @throws {ConfigError} with the setting's name, the allowed values and the value received, like all parsers here */
export function parseIntervalSeconds(what: string, text: string): number {
  const seconds = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= MIN_INTERVAL_SECONDS && seconds <= MAX_INTERVAL_SECONDS) return seconds;
  throw new ConfigError(
    `${what} must be a whole number of seconds from ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS}, got "${text}"`,
  );
}

/** @throws {ConfigError} */
export function parseShards(what: string, text: string): number {
  const shards = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (SHARD_COUNTS.includes(shards)) return shards;
  throw new ConfigError(`${what} must be one of ${SHARD_COUNTS.join(', ')}, got "${text}"`);
}

/** @throws {ConfigError} */
export function parseCount(what: string, text: string, max: number, min = 1): number {
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= min && count <= max) return count;
  throw new ConfigError(`${what} must be a whole number from ${min} to ${max}, got "${text}"`);
}

/** Value of a setting that has no limit. */
export const UNLIMITED = 'unlimited';

/** @throws {ConfigError} */
export function parseLimit(what: string, text: string, max: number): number | typeof UNLIMITED {
  if (text === UNLIMITED) return UNLIMITED;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (count >= 1 && count <= max) return count;
  throw new ConfigError(`${what} must be a whole number from 1 to ${max}, or ${UNLIMITED}, got "${text}"`);
}

/** @param text origins, comma-separated, such as `https://clock.example,http://localhost:8888`
 *  @throws {ConfigError} */
export function parseOrigins(what: string, text: string): string[] {
  return text.split(',').map((part) => {
    const origin = part.trim();
    // Origins are compared as they are, so a pattern with `*` would match nothing.
    if (URL.canParse(origin) && new URL(origin).origin === origin && !origin.includes('*')) return origin;
    throw new ConfigError(`${what} must be origins such as https://clock.example, comma-separated, got "${origin}"`);
  });
}

/** @param text URLs of sockets, comma-separated, such as `wss://clock.example/websocket`
 *  @throws {ConfigError} */
export function parseCells(what: string, text: string): string[] {
  const sockets = text.split(',').map((part) => part.trim());
  // The host becomes part of a Content-Security-Policy. A URL that is not in its normal form could name a cell twice.
  const isSocket = (text: string) =>
    /^wss:\/\/[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?\/[\w./-]+$/.test(text) && URL.parse(text)?.href === text;
  const wrong = sockets.find((socket) => !isSocket(socket));
  if (wrong !== undefined) {
    const form = 'sockets of other cells such as wss://clock.example/websocket, comma-separated';
    throw new ConfigError(`${what} must be ${form}, got "${wrong}"`);
  }
  const twice = sockets.find((socket, n) => sockets.indexOf(socket) < n);
  if (twice !== undefined) throw new ConfigError(`${what} must name each cell once, got ${twice} twice`);
  return sockets;
}

/** @returns the origin of the cell's page */
export function originOfCell(socketUrl: string): string {
  return `https://${new URL(socketUrl).host}`;
}

/** @throws {ConfigError} */
export function parseBoolean(what: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new ConfigError(`${what} must be true or false, got "${text}"`);
}
