// A stand-in for the one operation of Lambda's API that the functions use: asynchronous Invoke. Signatures are not checked.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenOnLoopback } from '../loopback.ts';
import { invokeAsynchronously } from './asynchronous.ts';
import type { LocalFunction } from './local-function.ts';

export interface InvokeApi {
  readonly endpoint: string;
  dispose(): Promise<void>;
}

interface Answer {
  readonly statusCode: number;
  readonly errorType?: string;
  readonly message?: string;
}

/** @param functionOf finds a function by its name */
export async function startInvokeApi(
  functionOf: (name: string) => LocalFunction | undefined,
  maxEventAgeMillis: number,
): Promise<InvokeApi> {
  const server = createServer(async (request, response) => {
    const failed = () => ({ statusCode: 500, errorType: 'ServiceException', message: 'Internal error' });
    const { statusCode, errorType, message } = await answer(request, functionOf, maxEventAgeMillis).catch<Answer>(
      failed,
    );
    const headers = { 'content-type': 'application/json', ...(errorType && { 'x-amzn-errortype': errorType }) };
    response.writeHead(statusCode, headers).end(message && JSON.stringify({ Message: message }));
  });
  const endpoint = await listenOnLoopback(server);
  return {
    endpoint,
    async dispose() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** 202 as soon as the event is accepted; what becomes of the invocation is in the function's log. */
async function answer(
  request: IncomingMessage,
  functionOf: (name: string) => LocalFunction | undefined,
  maxEventAgeMillis: number,
): Promise<Answer> {
  const name = functionNameOf(request.url);
  const fn = name === undefined ? undefined : functionOf(name);
  if (request.method !== 'POST' || fn === undefined) {
    return { statusCode: 404, errorType: 'ResourceNotFoundException', message: `Function not found: ${name}` };
  }
  if (request.headers['x-amz-invocation-type'] !== 'Event') {
    const message = 'the local platform invokes asynchronously only: InvocationType must be Event';
    return { statusCode: 400, errorType: 'InvalidParameterValueException', message };
  }
  try {
    invokeAsynchronously(fn, await json(request), maxEventAgeMillis);
    return { statusCode: 202 };
  } catch {
    const message = 'Could not parse request body into json';
    return { statusCode: 400, errorType: 'InvalidRequestContentException', message };
  }
}

/** A function goes by its name or by its ARN, whose last part is the name. */
function functionNameOf(url = ''): string | undefined {
  const [, encoded = ''] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(url) ?? [];
  try {
    return decodeURIComponent(encoded).split(':').at(-1);
  } catch {
    return undefined;
  }
}
