// The @connections API: POST, GET and DELETE of /{stage}/@connections/{connectionId}.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayConnection } from './connection.ts';
import { isGatewayId, makeGatewayId, makeTraceId } from './identifiers.ts';
import { MAX_MESSAGE_BYTES } from './limits.ts';
import type { SignatureCheck } from './signature.ts';

export interface ConnectionsApi {
  readonly stage: string;
  readonly signatures: SignatureCheck;
  /** The open connections by id. */
  readonly connections: ReadonlyMap<string, GatewayConnection>;
  now(): number;
}

interface Answer {
  readonly statusCode: number;
  readonly body?: string;
  readonly errorType?: string;
}

/** Answers one request to any path below the stage. */
export async function answerConnectionsApi(
  api: ConnectionsApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  const answer = body === undefined ? TOO_LARGE : decide(api, request, body);
  const headers: Record<string, string | number> = {
    'x-amzn-requestid': crypto.randomUUID(),
    'x-amz-apigw-id': makeGatewayId(),
    'x-amzn-trace-id': makeTraceId(api.now()),
  };
  if (answer.errorType !== undefined) headers['x-amzn-errortype'] = answer.errorType;
  if (answer.statusCode !== 204) {
    headers['content-type'] = 'application/json';
    headers['content-length'] = Buffer.byteLength(answer.body ?? '');
  }
  response.writeHead(answer.statusCode, headers).end(answer.body);
}

const TOO_LARGE: Answer = refuse(
  413,
  'PayloadTooLargeException',
  `Message too large: at most ${MAX_MESSAGE_BYTES} bytes are allowed`,
);

function decide(api: ConnectionsApi, request: IncomingMessage, body: Buffer): Answer {
  const { method = '', url = '' } = request;
  const refusal = api.signatures.refusal({ method, url, headers: request.headers, body }, api.now());
  if (refusal !== undefined) return refuse(403, refusal.errorType, refusal.message);

  const connectionId = connectionIdOf(url, api.stage);
  if (connectionId === undefined) return refuse(403, 'ForbiddenException', 'Forbidden');
  if (!isGatewayId(connectionId)) {
    return refuse(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`);
  }
  const connection = api.connections.get(connectionId);
  if (!connection?.isOpen) return { statusCode: 410, errorType: 'GoneException' };

  switch (method) {
    case 'POST':
      connection.send(body, api.now());
      return { statusCode: 200 };
    case 'GET':
      return { statusCode: 200, body: JSON.stringify(describe(connection)) };
    case 'DELETE':
      connection.close(1000);
      return { statusCode: 204 };
    default:
      return refuse(403, 'ForbiddenException', 'Forbidden');
  }
}

/** @returns undefined for any other path; `@` and `=` may be percent-encoded */
function connectionIdOf(url: string, stage: string): string | undefined {
  try {
    const [path = ''] = url.split('?', 1);
    const [empty, first, second, connectionId, ...rest] = path.split('/').map(decodeURIComponent);
    const isConnection = empty === '' && first === stage && second === '@connections' && rest.length === 0;
    return isConnection ? connectionId : undefined;
  } catch {
    return undefined;
  }
}

function describe({ facts, lastActiveAtMillis }: GatewayConnection): object {
  return {
    connectedAt: new Date(facts.connectedAtMillis).toISOString(),
    identity: { sourceIp: facts.sourceIp, ...(facts.userAgent !== undefined && { userAgent: facts.userAgent }) },
    lastActiveAt: new Date(lastActiveAtMillis).toISOString(),
  };
}

function refuse(statusCode: number, errorType: string, message: string): Answer {
  return { statusCode, errorType, body: JSON.stringify({ message }) };
}

/** @returns undefined when the body is too large; the rest of it is read and dropped */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= MAX_MESSAGE_BYTES) chunks.push(chunk);
  }
  return length <= MAX_MESSAGE_BYTES ? Buffer.concat(chunks) : undefined;
}
