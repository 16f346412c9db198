// The @connections API: POST, GET and DELETE of /{stage}/@connections/{connectionId}.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayConnection } from './connection.ts';
import { drawFault, type Faults, type RequestFault } from './faults.ts';
import { isGatewayId, makeGatewayId, makeTraceId } from './identifiers.ts';
import type { Limits } from './limits.ts';
import type { SignatureCheck } from './signature.ts';
import type { Throttle } from './throttle.ts';

export interface ConnectionsApiOptions {
  readonly stage: string;
  readonly signatures: SignatureCheck;
  /** The open connections by id. */
  readonly connections: ReadonlyMap<string, GatewayConnection>;
  readonly limits: Limits;
  readonly throttle: Throttle;
  faults(): Faults;
  now(): number;
  /** Returns a number from 0 up to 1. */
  random(): number;
}

interface Answer {
  readonly statusCode: number;
  readonly body?: string;
  readonly errorType?: string;
  /** The effect of the request on the connection. */
  readonly effect?: () => void;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Undefined if the body is too large. */
  readonly body: Buffer | undefined;
  readonly fault: RequestFault | undefined;
}

export class ConnectionsApi {
  readonly #options: ConnectionsApiOptions;
  #batch: Exchange[] = [];

  constructor(options: ConnectionsApiOptions) {
    this.#options = options;
  }

  /** Returns whether a request with this URL is for the @connections API, in any form. */
  owns(url = ''): boolean {
    return url.startsWith(`/${this.#options.stage}/@`) || url.startsWith(`/${this.#options.stage}/%40`);
  }

  /** Answers one request.
   *
   *  Requests that are read in the same turn of the event loop are answered together, and then their frames are written
   *  together. Separate writes would each wake the process at the other end, which costs a fifth of a POST. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const { limits, faults, random } = this.#options;
    const { latencyMillis = 0 } = faults();
    readBody(request, limits.messageBytes, (body) => {
      const fault = drawFault(faults(), random());
      const exchange = { request, response, body, fault };
      if (latencyMillis > 0) setTimeout(() => this.#enqueue(exchange), latencyMillis).unref();
      else this.#enqueue(exchange);
    });
  }

  #enqueue(exchange: Exchange): void {
    if (this.#batch.length === 0) setImmediate(() => this.#answerBatch());
    this.#batch.push(exchange);
  }

  #answerBatch(): void {
    const batch = this.#batch;
    this.#batch = [];
    let effects: Answer['effect'][] = [];
    for (const exchange of batch) {
      effects.push(this.#answer(exchange));
      // Later requests find the connection gone.
      if (exchange.request.method === 'DELETE') effects = run(effects);
    }
    run(effects);
  }

  #answer({ request, response, body, fault }: Exchange): Answer['effect'] {
    const api = this.#options;
    if (fault === 'silent') return undefined;
    if (fault === 'reset') {
      request.socket.resetAndDestroy();
      return undefined;
    }
    try {
      const answer = fault === undefined ? decide(api, request, body) : FAULT_ANSWERS[fault];
      send(response, answer, api.now());
      return answer.effect;
    } catch {
      response.destroy();
      return undefined;
    }
  }
}

/** @returns the work that remains */
function run(effects: readonly Answer['effect'][]): [] {
  for (const effect of effects) {
    try {
      effect?.();
    } catch {
      // A connection that fails now closes itself. The others get their frames.
    }
  }
  return [];
}

/** The headers as an alternating list of names and values, which Node writes unchanged. */
function send(response: ServerResponse, { statusCode, errorType, body = '' }: Answer, nowMillis: number): void {
  const headers = [
    'x-amzn-requestid',
    crypto.randomUUID(),
    'x-amz-apigw-id',
    makeGatewayId(),
    'x-amzn-trace-id',
    makeTraceId(nowMillis),
  ];
  if (errorType !== undefined) headers.push('x-amzn-errortype', errorType);
  if (statusCode !== 204) {
    headers.push('content-type', 'application/json', 'content-length', String(Buffer.byteLength(body)));
  }
  response.writeHead(statusCode, headers).end(body);
}

const GONE: Answer = { statusCode: 410, errorType: 'GoneException' };

/** Text from the model of the AWS SDK. */
const LIMIT_EXCEEDED: Answer = refuse(
  429,
  'LimitExceededException',
  'The client is sending more than the allowed number of requests per unit of time or the WebSocket client side buffer is full',
);

const FAULT_ANSWERS: Readonly<Record<Exclude<RequestFault, 'silent' | 'reset'>, Answer>> = {
  throttled: LIMIT_EXCEEDED,
  gone: GONE,
  failing: refuse(500, 'InternalServerErrorException', 'Internal server error'),
};

function decide(api: ConnectionsApiOptions, request: IncomingMessage, body: Buffer | undefined): Answer {
  const { method = '', url = '' } = request;
  if (body === undefined) {
    const message = `Message too large: at most ${api.limits.messageBytes} bytes are allowed`;
    return refuse(413, 'PayloadTooLargeException', message);
  }
  if (!api.throttle.admitsCallback(performance.now())) return LIMIT_EXCEEDED;
  const refusal = api.signatures.refusal({ method, url, headers: request.headers, body }, api.now());
  if (refusal !== undefined) return refuse(403, refusal.errorType, refusal.message);

  const connectionId = connectionIdOf(url, api.stage);
  if (connectionId === undefined) return refuse(403, 'ForbiddenException', 'Forbidden');
  if (!isGatewayId(connectionId)) {
    return refuse(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`);
  }
  const connection = api.connections.get(connectionId);
  if (!connection?.isOpen) return GONE;

  switch (method) {
    case 'POST':
      if (connection.isCongested) return LIMIT_EXCEEDED;
      return { statusCode: 200, effect: () => connection.send(body, api.now()) };
    case 'GET':
      return { statusCode: 200, body: JSON.stringify(describe(connection)) };
    case 'DELETE':
      return { statusCode: 204, effect: () => connection.close(1000) };
    default:
      return refuse(403, 'ForbiddenException', 'Forbidden');
  }
}

/** A connection id as the AWS SDKs encode it in a path. */
const ENCODED_ID = /^[A-Za-z0-9_-]{15}%3D$/;

/** Parses a path in which `@` and `=` may be percent-encoded. @returns undefined for any other path */
function connectionIdOf(url: string, stage: string): string | undefined {
  const parentPath = `/${stage}/@connections/`;
  if (url.startsWith(parentPath)) {
    const id = url.slice(parentPath.length);
    if (ENCODED_ID.test(id)) return `${id.slice(0, -'%3D'.length)}=`;
  }
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
    identity: { sourceIp: facts.sourceIp, userAgent: facts.userAgent ?? null },
    lastActiveAt: new Date(lastActiveAtMillis).toISOString(),
  };
}

function refuse(statusCode: number, errorType: string, message: string): Answer {
  return { statusCode, errorType, body: JSON.stringify({ message }) };
}

/** Reads the body. Passes undefined if it is too large, and discards the rest. Uses events, because an iterator over a
 *  body of one chunk costs more than the reading. An aborted body ends with its connection. */
function readBody(request: IncomingMessage, maxBytes: number, done: (body: Buffer | undefined) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    if (length > maxBytes) done(undefined);
    else done(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
}
