// Servers whose connections fail in real ways.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

type Scope = Pick<TestContext, 'after'>;

/** Functions by failure. Each starts a server that fails in this way and returns its origin. The server stops with the
 *  test. */
export const FAILING_SERVERS: Readonly<Record<string, (t: Scope) => Promise<string>>> = {
  'a refused connection': async () => 'http://127.0.0.1:9',
  'a name that does not resolve': async () => 'http://gateway.invalid',
  'a TLS handshake without an answer': (t) => startTlsServer(t, () => {}),
  'a reset within the TLS handshake': (t) =>
    startTlsServer(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
  'plain HTTP that answers TLS': (t) =>
    startTlsServer(t, (socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
};

async function startTlsServer(t: Scope, accept: (socket: Socket) => void): Promise<string> {
  const { port } = await startTcpServer(t, accept);
  return `https://127.0.0.1:${port}`;
}

/** Stops with the test and closes all its connections. */
export async function startTcpServer(
  t: Scope,
  accept: (socket: Socket) => void,
  port = 0,
): Promise<{ readonly server: Server; readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    accept(socket);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}
