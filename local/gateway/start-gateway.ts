// The gateway on an HTTP server of its own, for any routes: what a developer of another WebSocket API needs.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ownHost, shownHost } from '../address.ts';
import { checkFaults } from './faults.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { refuseHandshake } from './handshake.ts';
import { withLimits } from './limits.ts';

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
  withLimits(options.limits);
  checkFaults(options.faults ?? {});
  // Longer than an interval between two posts.
  const server = createServer({ keepAliveTimeout: 70_000 });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: actualPort } = server.address() as AddressInfo;
  const own = `${ownHost(host)}:${actualPort}`;
  const gateway = new Gateway({ ...options, domainName: own });
  server.on('request', (request, response) => {
    if (gateway.owns(request.url)) gateway.handleRequest(request, response);
    // As for a stage that does not exist.
    else response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
  });
  server.on('upgrade', (request, socket, head) => {
    if (gateway.owns(request.url)) gateway.handleUpgrade(request, socket, head);
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
