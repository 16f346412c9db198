// One accepted socket and the row that stands for it.

import { PARTITION_COUNT } from '../../protocol/limits.ts';

/** API Gateway cuts every socket after two hours; the row outlives it by ten minutes, in case `$disconnect` was lost.
 *  @see
 *  https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const CONNECTION_TTL_SECONDS = 2 * 60 * 60 + 10 * 60;

/** A row younger than this survives a 410: the gateway answers 410 until `$connect` has finished, and the row is
 *  written before that. */
export const SETTLING_MILLIS = 10_000;

export interface Connection {
  /** API Gateway's id of the socket; opaque. */
  readonly connectionId: string;
  /** Milliseconds since the epoch. */
  readonly connectedAtMillis: number;
  /** When DynamoDB may delete the row: epoch seconds, the unit of its time-to-live. */
  readonly expiresAtSeconds: number;
  /** What the viewer called itself in `?id=`. Not unique: two tabs may share one. */
  readonly viewerId?: string;
  /** Where it came from, kept only when connections are limited by address. */
  readonly address?: string;
}

export function makeConnection(
  connectionId: string,
  connectedAtMillis: number,
  { viewerId, address }: { viewerId?: string | undefined; address?: string | undefined } = {},
): Connection {
  return {
    connectionId,
    connectedAtMillis,
    expiresAtSeconds: Math.floor(connectedAtMillis / 1000) + CONNECTION_TTL_SECONDS,
    ...(viewerId !== undefined && { viewerId }),
    ...(address !== undefined && { address }),
  };
}

/** DynamoDB deletes expired rows days late, so every reader asks.
 *  @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
export function isExpired(connection: Connection, nowMillis: number): boolean {
  return connection.expiresAtSeconds * 1000 <= nowMillis;
}

/** The partition of a connection: 0 to {@link PARTITION_COUNT} - 1, by FNV-1a over the id. Never to be changed while
 *  rows exist: a row is found again only through it. */
export function partitionOf(connectionId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < connectionId.length; index++) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(index), 0x01000193);
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITION_COUNT;
}
