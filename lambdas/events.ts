// Types of the parts of Lambda's and API Gateway's events that the handlers read, and of their results. Published
// typings lack WebSocket fields that are used here: headers on $connect, disconnectStatusCode, disconnectReason.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html

import type { WakeMessage } from './domain/ports.ts';

interface RequestContext {
  readonly connectionId: string;
  /** Unix time in milliseconds; the same in all events of a connection. */
  readonly connectedAt: number;
  /** Unix time in milliseconds at which the gateway received this request. */
  readonly requestTimeEpoch: number;
}

export interface ConnectEvent {
  readonly requestContext: RequestContext & { readonly identity: { readonly sourceIp: string } };
  /** The gateway keeps upper and lower case of the client's header names. */
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

/** The input that lib/ and local/ set for a schedule. */
export interface ScheduleEvent {
  /** Number of the shard, from 0 to the number of shards - 1. */
  readonly shard: number;
  /** When the schedule was due, in ISO 8601. */
  readonly scheduledAt: string;
}

/** The event of an event source mapping of SQS. It has one record, because the batch size is 1.
 *  @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
export interface QueueEvent {
  readonly Records: readonly [
    {
      /** A {@link QueuedWake} as JSON. */
      readonly body: string;
      /** Unix time in milliseconds, as text. */
      readonly attributes: { readonly SentTimestamp: string };
    },
  ];
}

/** The body of a message in a wake queue. It contains the message's delay, because SQS does not deliver the delay. */
export interface QueuedWake extends WakeMessage {
  readonly shard: number;
}

export type BroadcastEvent = ScheduleEvent | QueueEvent;

export interface ProxyResult {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The gateway sends it to the client only if the route has a route response. */
  readonly body?: string;
}

/** @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface LambdaContext {
  readonly awsRequestId: string;
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}
