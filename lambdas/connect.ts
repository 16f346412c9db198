// `$connect`: admits or refuses a viewer and stores the connection. The gateway keeps the handshake waiting until this
// has answered; a status other than 2xx becomes the handshake's.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html

import { makeTableClient } from './aws/clients.ts';
import { makeDynamoConnectionStore } from './aws/dynamo-connection-store.ts';
import { loadConfig } from './config.ts';
import { admit } from './domain/admission.ts';
import { makeConnection } from './domain/connection.ts';
import type { ConnectEvent, ProxyResult } from './events.ts';
import { makeLog } from './log.ts';

const config = loadConfig(process.env);
const log = makeLog('connect');
const connections = makeDynamoConnectionStore(makeTableClient(), config.tableName);

export async function handler(event: ConnectEvent): Promise<ProxyResult> {
  const { connectionId, connectedAt, identity } = event.requestContext;
  const origin = headerOf(event, 'origin');
  const viewerId = event.queryStringParameters?.id;
  const facts = { connectionId, viewerId, origin, sourceIp: identity.sourceIp };

  const admission = admit({ origin, viewerId }, config.allowedOrigins);
  if (!admission.admitted) {
    log.warn('refused a viewer', { ...facts, statusCode: admission.statusCode, reason: admission.reason });
    return { statusCode: admission.statusCode, body: admission.reason };
  }

  await connections.put(makeConnection(connectionId, connectedAt, viewerId));
  log.info('a viewer connected', { ...facts, cookies: cookieNames(event) });
  return { statusCode: 200 };
}

function headerOf(event: ConnectEvent, name: string): string | undefined {
  const key = Object.keys(event.headers).find((header) => header.toLowerCase() === name);
  return key === undefined ? undefined : event.headers[key];
}

/** Names only: a cookie's value may be a secret and does not belong in a log. */
function cookieNames(event: ConnectEvent): string[] {
  const cookies = headerOf(event, 'cookie')?.split(';') ?? [];
  return cookies.map((cookie) => cookie.split('=', 1)[0]?.trim() ?? '').filter((name) => name !== '');
}
