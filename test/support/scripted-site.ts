// The page and a WebSocket server that sends whatever a test wants, such as messages that the real server never sends.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface ScriptedSite {
  readonly url: string;
  dispose(): Promise<void>;
}

/** @param connected called with each connection and the URL that it requested */
export async function startScriptedSite(
  site: RequestListener,
  connected: (socket: WebSocket, url: string) => void,
): Promise<ScriptedSite> {
  const server = createServer(site).listen(0, '127.0.0.1');
  const sockets = new WebSocketServer({ server, path: '/websocket' });
  sockets.on('connection', (socket, request) => connected(socket, request.url ?? ''));
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async dispose() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
