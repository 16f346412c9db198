// The HTTP server of the local platform. It listens on its addresses, and separates WebSocket handshakes from plain
// requests.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { LOOPBACK_ADDRESSES } from './address.ts';
import { dateExactly } from './exact-date.ts';

/** Longer than the longest interval, so that the connections of a fan-out last until the next tick. */
const KEEP_ALIVE_MILLIS = 70_000;

/** Maximum number of connections that wait to be accepted. Node's default of 511 is too small when a thousand viewers
 *  connect at once. */
const LISTEN_BACKLOG = 4_096;

/** Number of attempts to find a port that is free on both loopback addresses. */
const PORT_ATTEMPTS = 10;

export interface BindOptions {
  /** 0 means any free port. */
  readonly port: number;
  /** Name or address. `localhost` means both loopback addresses. */
  readonly host: string;
}

/** An address that the server listens on. */
export interface Bound {
  readonly address: string;
  readonly port: number;
}

export interface HttpHandlers {
  /** Answers a request, also one with an upgrade other than WebSocket. */
  readonly request: RequestListener;
  /** Handles a WebSocket handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface HttpServer<Handlers extends HttpHandlers> extends Bound {
  readonly handlers: Handlers;
  /** The URLs, one for each address. */
  readonly servers: readonly Server[];
  /** Closes all connections and stops. */
  dispose(): Promise<void>;
}

/** Starts the server. Between the bind and the installation of the handlers only microtasks and `process.nextTick` run,
 *  so no connection is accepted before the server can handle it.
 *  @param makeHandlers called with the first address
 *  @throws Error of `listen`, for example EADDRINUSE; then no address stays bound */
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
      // The client may offer other protocols too.
      request.headers.upgrade = 'websocket';
      upgrade(request, socket, head);
    } else giveBack(server, request, socket, head);
  });
  // For example, too many files are open. The server continues.
  server.on('error', ({ message }) => process.emitWarning(`a connection could not be accepted: ${message}`));
}

async function bind({ port, host }: BindOptions): Promise<Server[]> {
  if (host !== 'localhost') return [await listen(port, host)];
  for (let attempt = 1; ; attempt++) {
    try {
      return await bindLoopback(port);
    } catch (error) {
      // Another program may use the port on the second address.
      if (port !== 0 || attempt === PORT_ATTEMPTS || codeOf(error) !== 'EADDRINUSE') throw error;
    }
  }
}

/** Listens on both loopback addresses with the same port. Skips an address that the machine does not have. */
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

/** Returns whether the request offers WebSocket (RFC 9110, section 7.8), for example `websocket, h2c`. A handshake is a
 *  GET (RFC 6455, section 4.1). */
function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  const protocols = headers.upgrade?.split(',') ?? [];
  return method === 'GET' && protocols.some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/** A server must also accept the absolute form of a request target: `http://host/path` (RFC 9112, section 3.2.2). */
function toOriginForm(request: IncomingMessage): void {
  const [, path] = /^https?:\/\/[^/?#]*(.*)$/i.exec(request.url ?? '') ?? [];
  if (path !== undefined) request.url = path.startsWith('/') ? path : `/${path}`;
}

/** Gives a request back to the server without its upgrade header. Needed before Node 24.9, which has no
 *  `shouldUpgradeCallback`: the server detaches the socket of each request with an upgrade header.
 *  @param head bytes after the header fields */
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
