// A server that answers each POST @connections as its script says, by connection id; and that counts.

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
  /** Requests that were waiting for their answers together, at most. */
  readonly maxInFlight: number;
  /** TCP connections that were ever opened. */
  readonly connectionCount: number;
  /** Those that still are. */
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
