// The HTTP server of the local platform: binds its addresses, and separates WebSocket handshakes from plain requests.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { LOOPBACK_ADDRESSES } from './address.ts';
import { dateExactly } from './exact-date.ts';

/** Longer than the longest interval, so that the fan-out's connections last from tick to tick. */
const KEEP_ALIVE_MILLIS = 70_000;

/** Handshakes that may wait to be accepted; Node's default of 511 is soon full when a thousand viewers come at once. */
const LISTEN_BACKLOG = 4_096;

/** Attempts to find a port that is free on both loopback addresses. */
const PORT_ATTEMPTS = 10;

export interface BindOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** Name or address; `localhost` stands for both loopback addresses. */
  readonly host: string;
}

/** An address as it was bound. */
export interface Bound {
  readonly address: string;
  readonly port: number;
}

export interface HttpHandlers {
  /** Answers a request, also one that offers another upgrade than WebSocket. */
  readonly request: RequestListener;
  /** Takes over the socket of a WebSocket handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpServer<Handlers extends HttpHandlers> extends Bound {
  readonly handlers: Handlers;
  /** One for each address that was bound. */
  readonly servers: readonly Server[];
  /** Closes all connections and stops. */
  dispose(): Promise<void>;
}

/** Serves from the first connection on: from the bind until the handlers are in place nothing but microtasks and
 *  `process.nextTick` runs, so no connection is accepted before it can be served.
 *  @param makeHandlers gets the first address that was bound
 *  @throws what `listen` throws, such as EADDRINUSE; nothing is left listening then */
export async function startHttpServer<Handlers extends HttpHandlers>(
  options: BindOptions,
  makeHandlers: (bound: Bound) => Handlers,
): Promise<HttpServer<Handlers>> {
  const servers = await bind(options);
  const dispose = async () => {
    const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
    for (const server of servers) server.closeAllConnections();
    await Promise.all(closed);
  };
  try {
    const { address, port } = (servers[0] as Server).address() as AddressInfo;
    const handlers = makeHandlers({ address, port });
    for (const server of servers) attach(server, handlers);
    return { address, port, handlers, servers, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function attach(server: Server, { request: answer, upgrade }: HttpHandlers): void {
  server.on('request', (request, response) => {
    toOriginForm(request);
    answer(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    toOriginForm(request);
    if (isWebSocketUpgrade(request)) {
      // The client may offer others beside it.
      request.headers.upgrade = 'websocket';
      upgrade(request, socket, head);
    } else giveBack(server, request, socket, head);
  });
  // There are too many open files, for example. The server goes on.
  server.on('error', ({ message }) => process.emitWarning(`a connection could not be accepted: ${message}`));
}

async function bind({ port, host }: BindOptions): Promise<Server[]> {
  if (host !== 'localhost') return [await listen(port, host)];
  for (let attempt = 1; ; attempt++) {
    try {
      return await bindLoopback(port);
    } catch (error) {
      // Another program may have the port on the second address.
      if (port !== 0 || attempt === PORT_ATTEMPTS || codeOf(error) !== 'EADDRINUSE') throw error;
    }
  }
}

/** Both addresses on one port; an address that the machine does not have is left out. */
async function bindLoopback(port: number): Promise<Server[]> {
  const servers: Server[] = [];
  let missing: unknown;
  for (const address of LOOPBACK_ADDRESSES) {
    const [first] = servers;
    try {
      servers.push(await listen(first ? (first.address() as AddressInfo).port : port, address));
    } catch (error) {
      if (!['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(codeOf(error))) {
        first?.close();
        throw error;
      }
      missing = error;
    }
  }
  if (servers.length === 0) throw missing;
  return servers;
}

async function listen(port: number, host: string): Promise<Server> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLIS, shouldUpgradeCallback: isWebSocketUpgrade });
  dateExactly(server);
  server.listen(port, host, LISTEN_BACKLOG);
  await once(server, 'listening');
  return server;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Whether WebSocket is among the protocols that are offered (RFC 9110, section 7.8), such as `websocket, h2c`. A handshake
 *  is a GET (RFC 6455, section 4.1). */
function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  const protocols = headers.upgrade?.split(',') ?? [];
  return method === 'GET' && protocols.some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/** A server accepts the absolute form of a request's target too: `http://host/path` (RFC 9112, section 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, path] = /^https?:\/\/[^/?#]*(.*)$/i.exec(request.url ?? '') ?? [];
  if (path !== undefined) request.url = path.startsWith('/') ? path : `/${path}`;
}

/** Before Node 24.9, without `shouldUpgradeCallback`, the server has let go of a request that offers any upgrade, its body
 *  unread. It gets the request back without the offer.
 *  @param head what follows the request's header fields */
export function giveBack(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!['upgrade', 'connection'].includes(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
