// A server with a scripted answer to each POST @connections, by connection id. It counts requests and connections.

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export type Answer =
  | {
      readonly statusCode: number;
      readonly headers?: Record<string, string>;
      /** @default 0 */
      readonly afterMillis?: number;
    }
  | 'reset'
  | 'silence';

export interface ScriptedGateway {
  /** `http://…/dev` */
  readonly endpoint: string;
  readonly requests: readonly { readonly connectionId: string; readonly headers: IncomingMessage['headers'] }[];
  /** Maximum number of requests that waited for an answer at the same time. */
  readonly maxInFlight: number;
  /** Number of TCP connections that were opened. */
  readonly connectionCount: number;
  /** Number of TCP connections that are open. */
  readonly openCount: number;
}

/** Stops with the test. */
export async function startScriptedGateway(
  t: Pick<TestContext, 'after'>,
  answerOf: (connectionId: string) => Answer,
): Promise<ScriptedGateway> {
  const requests: { connectionId: string; headers: IncomingMessage['headers'] }[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  let connectionCount = 0;
  let openCount = 0;
  const server = createServer((request, response) => {
    const connectionId = decodeURIComponent(request.url?.split('/').at(-1) ?? '');
    requests.push({ connectionId, headers: request.headers });
    maxInFlight = Math.max(maxInFlight, ++inFlight);
    response.once('close', () => inFlight--);
    const answer = answerOf(connectionId);
    if (answer === 'reset') request.socket.resetAndDestroy();
    else if (answer !== 'silence') {
      setTimeout(() => response.writeHead(answer.statusCode, answer.headers).end(), answer.afterMillis ?? 0);
    }
  });
  server.on('connection', (socket) => {
    connectionCount++;
    openCount++;
    socket.once('close', () => openCount--);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`,
    requests,
    get maxInFlight() {
      return maxInFlight;
    },
    get connectionCount() {
      return connectionCount;
    },
    get openCount() {
      return openCount;
    },
  };
}
