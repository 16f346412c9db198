// The gateway on its own HTTP server, with any routes.

import type { RequestListener, Server } from 'node:http';
import { reachableHost, shownHost } from '../../local/address.ts';
import { Gateway, type GatewayOptions } from '../../local/gateway/gateway.ts';
import { refuseHandshake } from '../../local/gateway/handshake.ts';
import { type Bound, type HttpHandlers, startHttpServer } from '../../local/http-server.ts';

export interface StartGatewayOptions extends Omit<GatewayOptions, 'domainName'> {
  /** @default 0, any free port */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly server: Server;
  /** `ws://…/{stage}` */
  readonly socketUrl: string;
  /** Endpoint of the @connections API for the AWS SDK: `http://…/{stage}` */
  readonly endpoint: string;
  /** Closes every connection with 1001 and stops. */
  dispose(): Promise<void>;
}

/** @throws Error of `listen`, for example EADDRINUSE; RangeError for an invalid route */
export async function startGateway(options: StartGatewayOptions): Promise<RunningGateway> {
  const { port = 0, host = '127.0.0.1', stage } = options;
  const hostOf = (bound: Bound) => `${reachableHost(bound.address)}:${bound.port}`;
  const http = await startHttpServer({ port, host }, (bound) => {
    const gateway = new Gateway({ ...options, domainName: hostOf(bound) });
    const request: RequestListener = (asked, response) => {
      if (gateway.owns(asked.url)) gateway.handleRequest(asked, response);
      // The answer for a stage that does not exist.
      else response.writeHead(403, { 'content-type': 'application/json' }).end('{"message":"Forbidden"}');
    };
    const upgrade: HttpHandlers['upgrade'] = (asked, socket, head) => {
      if (gateway.owns(asked.url)) gateway.handleUpgrade(asked, socket, head);
      else refuseHandshake(socket, 403);
    };
    return { gateway, request, upgrade };
  });
  const { gateway } = http.handlers;
  return {
    gateway,
    server: http.servers[0] as Server,
    socketUrl: `ws://${shownHost(host)}:${http.port}/${stage}`,
    endpoint: `http://${hostOf(http)}/${stage}`,
    async dispose() {
      await gateway.dispose();
      await http.dispose();
    },
  };
}
