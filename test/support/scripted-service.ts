// An HTTP service with scripted answers that records the requests.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';

export interface ServiceRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** When the request was read, by `performance.now()`. */
  readonly readAtMonotonicMillis: number;
}

export type ServiceAnswer =
  | {
      /** @default 200 */
      readonly statusCode?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: object;
      /** Whether the answer has a `Date` header. @default true */
      readonly isDated?: boolean;
      /** @default 0 */
      readonly afterMillis?: number;
    }
  | 'reset'
  | 'silence';

export interface ScriptedService {
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  readonly requests: readonly ServiceRequest[];
  /** Number of TCP connections that were opened. */
  readonly connectionCount: number;
}

/** Stops with the test. @param answerOf returns the answer to the request with this number, from 0 */
export async function startScriptedService(
  t: Pick<TestContext, 'after'>,
  answerOf: (request: ServiceRequest, index: number) => ServiceAnswer,
): Promise<ScriptedService> {
  const requests: ServiceRequest[] = [];
  let connectionCount = 0;
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const body = await text(request);
    const index = requests.push({ method, url, headers, body, readAtMonotonicMillis: performance.now() }) - 1;
    const answer = answerOf(requests[index] as ServiceRequest, index);
    if (answer === 'reset') request.socket.resetAndDestroy();
    else if (answer !== 'silence') {
      response.sendDate = answer.isDated ?? true;
      const send = () => {
        response.writeHead(answer.statusCode ?? 200, { ...answer.headers });
        response.end(answer.body && JSON.stringify(answer.body));
      };
      setTimeout(send, answer.afterMillis ?? 0);
    }
  });
  server.on('connection', () => connectionCount++).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get connectionCount() {
      return connectionCount;
    },
  };
}
