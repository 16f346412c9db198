// The HTTP API of Amazon SQS in its JSON protocol: signed POSTs with the operation in `x-amz-target`.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { dateExactly } from '../exact-date.ts';
import { type Credentials, SignatureCheck } from '../gateway/signature.ts';
import { listenOnLoopback } from '../loopback.ts';
import type { MessageQueue } from './message-queue.ts';
import { perform, QueueError } from './operations.ts';

export interface QueueApi {
  /** URL of each queue, in the order of the queues. */
  readonly queueUrls: readonly string[];
  dispose(): Promise<void>;
}

export interface QueueApiOptions {
  readonly queues: readonly MessageQueue[];
  readonly credentials: Credentials;
  readonly region: string;
}

interface Answer {
  readonly statusCode: number;
  readonly body: object;
}

export const ACCOUNT_ID = '000000000000';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

/** More than ten messages of the maximum size need in JSON. */
const MAX_REQUEST_BYTES = 8 * 1024 * 1024;

/** Long enough that a function that was frozen for some seconds can still use its connections. */
const KEEP_ALIVE_MILLIS = 70_000;

export async function startQueueApi({ queues, credentials, region }: QueueApiOptions): Promise<QueueApi> {
  const signatures = new SignatureCheck(credentials, region, 'sqs');
  const byPath = new Map(queues.map((queue) => [`/${ACCOUNT_ID}/${queue.name}`, queue]));
  // Only the path identifies a queue, because its URL may be the URL of a proxy.
  const findQueue = (url: string) => (URL.canParse(url) ? byPath.get(new URL(url).pathname) : undefined);
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS }, async (request, response) => {
    try {
      send(response, await answer(request, signatures, findQueue));
    } catch {
      // The request was aborted.
      response.destroy();
    }
  });
  dateExactly(server);
  const endpoint = await listenOnLoopback(server);
  return {
    queueUrls: [...byPath.keys()].map((path) => endpoint + path),
    async dispose() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Node adds the `Date` header. */
function send(response: ServerResponse, { statusCode, body }: Answer): void {
  const headers = { 'x-amzn-requestid': crypto.randomUUID(), 'content-type': CONTENT_TYPE };
  response.writeHead(statusCode, headers).end(JSON.stringify(body));
}

/** It is inferred that AWS checks the signature first. */
async function answer(
  request: IncomingMessage,
  signatures: SignatureCheck,
  findQueue: (url: string) => MessageQueue | undefined,
): Promise<Answer> {
  const { method = '', url = '', headers } = request;
  const body = await readBody(request);
  if (body === undefined) return refuse(413, 'com.amazon.coral.service#RequestEntityTooLargeException', 'too large');
  const refusal = signatures.refusal({ method, url, headers, body }, Date.now());
  if (refusal !== undefined) return refuse(403, `com.amazon.coral.service#${refusal.errorType}`, refusal.message);
  if (method !== 'POST' || headers['content-type'] !== CONTENT_TYPE) {
    const message = `only POST with content-type ${CONTENT_TYPE} is served, got ${method} with ${headers['content-type']}`;
    return refuse(400, 'com.amazon.coral.service#UnknownOperationException', message);
  }
  try {
    const body200 = perform(String(headers['x-amz-target'] ?? ''), body.toString(), findQueue);
    return { statusCode: 200, body: body200 };
  } catch (error) {
    if (error instanceof QueueError) return refuse(400, error.type, error.message);
    return refuse(500, 'com.amazon.coral.service#InternalFailure', 'Internal error');
  }
}

function refuse(statusCode: number, type: string, message: string): Answer {
  return { statusCode, body: { __type: type, message } };
}

/** @returns undefined if the body is too large; the rest is read and discarded */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return length <= MAX_REQUEST_BYTES ? Buffer.concat(chunks) : undefined;
}
