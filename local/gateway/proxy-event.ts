// The events that API Gateway passes to a Lambda proxy integration. Each event has the keys of events recorded on AWS.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html

import type { IncomingMessage } from 'node:http';
import type { ConnectionFacts, Disconnection } from './connection.ts';
import { makeGatewayId, makeTraceId } from './identifiers.ts';

export type GatewayEvent = Readonly<Record<string, unknown>>;

/** The values that are the same in all events of an API. */
export interface ApiFacts {
  readonly apiId: string;
  readonly stage: string;
  /** Host and port: `http://{domainName}/{stage}` is the @connections endpoint. */
  readonly domainName: string;
  readonly stageVariables?: Readonly<Record<string, string>> | undefined;
}

/** Headers of the handshake that `$connect` does not get. */
const HOP_HEADERS = new Set(['connection', 'upgrade']);

export function makeConnectEvent(
  api: ApiFacts,
  connection: ConnectionFacts,
  request: IncomingMessage,
  nowMillis: number,
): GatewayEvent {
  const headers = headerPairs(request, connection, nowMillis);
  const query = [...new URL(request.url ?? '/', 'ws://localhost').searchParams];
  return {
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    ...(query.length > 0 && {
      queryStringParameters: lastValues(query),
      multiValueQueryStringParameters: allValues(query),
    }),
    ...stageVariablesOf(api),
    requestContext: requestContext(api, connection, nowMillis, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  };
}

export function makeMessageEvent(
  api: ApiFacts,
  connection: ConnectionFacts,
  routeKey: string,
  body: string,
  nowMillis: number,
): GatewayEvent {
  const context = requestContext(api, connection, nowMillis, routeKey, 'MESSAGE');
  const requestContextWithId = { ...context, messageId: makeGatewayId() };
  return { ...stageVariablesOf(api), requestContext: requestContextWithId, body, isBase64Encoded: false };
}

export function makeDisconnectEvent(
  api: ApiFacts,
  connection: ConnectionFacts,
  end: Disconnection,
  nowMillis: number,
): GatewayEvent {
  const headers: [string, string][] = [
    ['Host', api.domainName],
    ['x-api-key', ''],
    ['X-Forwarded-For', ''],
    ['x-restapi', ''],
  ];
  const context = requestContext(api, connection, nowMillis, '$disconnect', 'DISCONNECT');
  return {
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    ...stageVariablesOf(api),
    requestContext: { ...context, disconnectStatusCode: end.statusCode, disconnectReason: end.reason },
    isBase64Encoded: false,
  };
}

/** Returns the key only if it has values. */
function stageVariablesOf({ stageVariables = {} }: ApiFacts): { stageVariables?: Readonly<Record<string, string>> } {
  return Object.keys(stageVariables).length > 0 ? { stageVariables } : {};
}

function requestContext(
  api: ApiFacts,
  connection: ConnectionFacts,
  nowMillis: number,
  routeKey: string,
  eventType: string,
): Record<string, unknown> {
  const requestId = makeGatewayId();
  const { userAgent, sourceIp } = connection;
  return {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: commonLogTime(nowMillis),
    messageDirection: 'IN',
    stage: api.stage,
    connectedAt: connection.connectedAtMillis,
    requestTimeEpoch: nowMillis,
    identity: { ...(userAgent !== undefined && { userAgent }), sourceIp },
    requestId,
    domainName: api.domainName,
    connectionId: connection.connectionId,
    apiId: api.apiId,
  };
}

function headerPairs(request: IncomingMessage, connection: ConnectionFacts, nowMillis: number): [string, string][] {
  const pairs: [string, string][] = [];
  /** The addresses that the client, or a proxy before the gateway, has sent. */
  const forwardedFor: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const [name = '', value = ''] = request.rawHeaders.slice(index, index + 2);
    if (name.toLowerCase() === 'x-forwarded-for') forwardedFor.push(value);
    else if (!HOP_HEADERS.has(name.toLowerCase())) pairs.push([name, value]);
  }
  pairs.push(
    ['X-Amzn-Trace-Id', makeTraceId(nowMillis)],
    ['X-Forwarded-For', [...forwardedFor, connection.sourceIp].join(', ')],
    ['X-Forwarded-Port', String(request.socket.localPort ?? '')],
    ['X-Forwarded-Proto', 'http'],
  );
  return pairs;
}

function lastValues(pairs: readonly [string, string][]): Record<string, string> {
  return Object.fromEntries(pairs);
}

function allValues(pairs: readonly [string, string][]): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    const known = Object.hasOwn(values, name) ? values[name] : undefined;
    if (known) known.push(value);
    else Object.defineProperty(values, name, { value: [value], enumerable: true, configurable: true, writable: true });
  }
  return values;
}

/** Formats a time in Common Log Format in UTC, for example `09/Feb/2024:18:11:43 +0000`. */
function commonLogTime(epochMillis: number): string {
  const [, day, month, year, time] = new Date(epochMillis).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}
