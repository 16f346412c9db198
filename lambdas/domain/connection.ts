// One accepted WebSocket connection and its row in the table.

import { PARTITION_COUNT } from '../../protocol/limits.ts';

/** API Gateway closes every connection after two hours. The row expires ten minutes later, in case `$disconnect` was
 *  lost.
 *  @see
 *  https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const CONNECTION_TTL_SECONDS = 2 * 60 * 60 + 10 * 60;

/** A row younger than this is kept after a 410, because `$connect` writes the row before it returns, and the gateway
 *  answers 410 until then. */
export const SETTLING_MILLIS = 10_000;

export interface Connection {
  /** Opaque id that API Gateway gives the connection. */
  readonly connectionId: string;
  /** Unix time in milliseconds. */
  readonly connectedAtMillis: number;
  /** Unix time in seconds, the unit of DynamoDB's time-to-live. DynamoDB may delete the row after it. */
  readonly expiresAtSeconds: number;
  /** The `id` of the query string. Not unique: two tabs may use the same one. */
  readonly viewerId?: string;
  /** The viewer's IP address or IPv6 network. Kept only if connections are limited by address. */
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

/** DynamoDB may delete expired rows days late, so each reader filters them.
 *  @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
export function isExpired(connection: Connection, nowMillis: number): boolean {
  return connection.expiresAtSeconds * 1000 <= nowMillis;
}

/** Returns the partition of a connection, from 0 to {@link PARTITION_COUNT} - 1: the FNV-1a hash of its id. The
 *  partition is part of the row's key, so this function must not change while rows exist. */
export function partitionOf(connectionId: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < connectionId.length; index++) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(index), 0x01000193);
  }
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTITION_COUNT;
}
