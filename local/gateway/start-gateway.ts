// The gateway on an HTTP server of its own, for any routes: what a developer of another WebSocket API needs.

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ownHost, shownHost } from '../address.ts';
import { answerWithoutUpgrade, isWebSocketUpgrade } from '../without-upgrade.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { refuseHandshake } from './handshake.ts';

export interface StartGatewayOptions extends Omit<GatewayOptions, 'domainName'> {
  /** @default 0, any that is free */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly server: Server;
  /** `ws://…/{stage}` */
  readonly socketUrl: string;
  /** Of the @connections API, for the AWS SDK: `http://…/{stage}` */
  readonly endpoint: string;
  /** Closes every connection with 1001 and stops. */
  dispose(): Promise<void>;
}

/** @throws what `listen` throws, such as EADDRINUSE; RangeError for a limit or a fault that is not allowed */
export async function startGateway(options: StartGatewayOptions): Promise<RunningGateway> {
  const { port = 0, host = '127.0.0.1', stage } = options;
  // Longer than an interval between two posts.
  const server = createServer({ keepAliveTimeout: 70_000 });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actualPort } = server.address() as AddressInfo;
  const own = `${ownHost(host)}:${actualPort}`;
  const gateway = makeGateway({ ...options, domainName: own }, server);
  const answer: RequestListener = (request, response) => {
    if (gateway.owns(request.url)) gateway.handleRequest(request, response);
    // As for a stage that does not exist.
    else response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
  };
  server.on('request', answer);
  server.on('upgrade', (request, socket, head) => {
    if (!isWebSocketUpgrade(request)) answerWithoutUpgrade(request, answer);
    else if (gateway.owns(request.url)) gateway.handleUpgrade(request, socket, head);
    else refuseHandshake(socket, 403);
  });
  return {
    gateway,
    server,
    socketUrl: `ws://${shownHost(host)}:${actualPort}/${stage}`,
    endpoint: `http://${own}/${stage}`,
    async dispose() {
      await gateway.dispose();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Leaves no server behind when the options are not allowed. */
function makeGateway(options: GatewayOptions, server: Server): Gateway {
  try {
    return new Gateway(options);
  } catch (error) {
    server.close();
    throw error;
  }
}
