// The limits of API Gateway's WebSocket APIs. The gateway enforces all of them. The defaults are the values of AWS.
// Tests use smaller values.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';

export interface Limits {
  /** Maximum duration of a connection. */
  readonly connectionMillis: number;
  /** Maximum time without a message in either direction. */
  readonly idleMillis: number;
  /** Maximum size of a frame from a client. */
  readonly frameBytes: number;
  /** Maximum size of a message in either direction. */
  readonly messageBytes: number;
  /** Maximum duration of an integration. */
  readonly integrationMillis: number;
  /** Maximum length of path and query string of a handshake, in characters. */
  readonly urlLength: number;
  readonly newConnectionsPerSecond: number;
  /** Throttle of the account: handshakes, messages and @connections requests together. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Throttle of the stage: handshakes and messages. It is unconfirmed that @connections requests do not count. */
  readonly stageRequestsPerSecond: number;
  /** A rate without a burst limits nothing. */
  readonly stageRequestBurst: number;
  /** Maximum number of bytes that wait for a client that reads slowly. Above it, a POST is answered with 429. AWS does
   *  not document its value. */
  readonly sendBufferBytes: number;
}

export const AWS_LIMITS: Limits = {
  connectionMillis: 2 * 60 * 60 * 1000,
  idleMillis: 10 * 60 * 1000,
  frameBytes: 32 * 1024,
  messageBytes: MAX_MESSAGE_BYTES,
  integrationMillis: 29_000,
  urlLength: 4_096,
  newConnectionsPerSecond: 500,
  requestsPerSecond: 10_000,
  requestBurst: 5_000,
  stageRequestsPerSecond: Number.POSITIVE_INFINITY,
  stageRequestBurst: Number.POSITIVE_INFINITY,
  sendBufferBytes: 256 * 1024,
};

/** AWS's limits with unlimited throttle quotas. */
export const UNTHROTTLED = {
  newConnectionsPerSecond: Number.POSITIVE_INFINITY,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  requestBurst: Number.POSITIVE_INFINITY,
} as const satisfies Partial<Limits>;
