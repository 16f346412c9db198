// The limits of API Gateway's WebSocket APIs. All are imposed. The defaults are AWS's; tests shorten them.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
// https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html

import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';

export interface Limits {
  /** How long a connection lasts, whatever it does. */
  readonly connectionMillis: number;
  /** How long a connection may be without a message in either direction. */
  readonly idleMillis: number;
  /** Of one frame from a client. */
  readonly frameBytes: number;
  /** Of a message in either direction. */
  readonly messageBytes: number;
  /** How long a route's function may take. */
  readonly integrationMillis: number;
  /** Of a handshake's path and query, in characters. */
  readonly urlLength: number;
  readonly newConnectionsPerSecond: number;
  /** Of the account: handshakes, messages and @connections requests together. */
  readonly requestsPerSecond: number;
  readonly requestBurst: number;
  /** Of the stage: handshakes and messages. That @connections requests do not count is unconfirmed. */
  readonly stageRequestsPerSecond: number;
  /** A rate without a burst limits nothing. */
  readonly stageRequestBurst: number;
  /** What may wait for one client that reads slowly; beyond it a POST is answered with 429. AWS does not tell its figure. */
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

/** As if AWS had raised the account's quotas beyond any need. */
export const UNTHROTTLED = {
  newConnectionsPerSecond: Number.POSITIVE_INFINITY,
  requestsPerSecond: Number.POSITIVE_INFINITY,
  requestBurst: Number.POSITIVE_INFINITY,
} as const satisfies Partial<Limits>;
