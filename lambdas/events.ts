// The parts of Lambda's and API Gateway's shapes that the handlers read and return. Published typings leave out the
// WebSocket fields used here (headers on $connect, disconnectStatusCode, disconnectReason).
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html

import type { WakeMessage } from './domain/ports.ts';

interface RequestContext {
  readonly connectionId: string;
  /** Milliseconds since the epoch; the same on every event of a connection. */
  readonly connectedAt: number;
  /** When the gateway received this request, milliseconds since the epoch. */
  readonly requestTimeEpoch: number;
}

export interface ConnectEvent {
  readonly requestContext: RequestContext & { readonly identity: { readonly sourceIp: string } };
  /** Names keep the client's case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Absent when the URL has no query string. */
  readonly queryStringParameters?: Readonly<Record<string, string>>;
}

export interface MessageEvent {
  readonly requestContext: RequestContext;
  readonly body: string;
}

export interface DisconnectEvent {
  readonly requestContext: RequestContext & {
    /** A close code as in RFC 6455, section 7.4. */
    readonly disconnectStatusCode?: number;
    readonly disconnectReason?: string;
  };
}

/** The input of a schedule, as lib/ and local/ set it. */
export interface ScheduleEvent {
  /** From 0 to the number of shards - 1. */
  readonly shard: number;
  /** When the schedule was due, ISO 8601. */
  readonly scheduledAt: string;
}

/** What an event source mapping of SQS passes on; one record, because the batch size is 1.
 *  @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface QueueEvent {
  readonly Records: readonly [
    {
      /** A {@link QueuedWake} as JSON. */
      readonly body: string;
      /** Milliseconds since the epoch, as text. */
      readonly attributes: { readonly SentTimestamp: string };
    },
  ];
}

/** The body of a message of a wake queue. The queue's own delay is repeated, since SQS does not deliver it. */
export interface QueuedWake extends WakeMessage {
  readonly shard: number;
}

export type BroadcastEvent = ScheduleEvent | QueueEvent;

export interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Reaches the client only where the route has a route response. */
  readonly body?: string;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}
