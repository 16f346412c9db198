// A TCP proxy before an HTTP service that can fail like a network or a service.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How the proxy behaves. A change also applies to open connections.
 *
 *  - `passing`: forwards everything.
 *  - `refusing`: the port is closed.
 *  - `resetting`: each connection is reset as soon as it is open.
 *  - `hanging`: connections open, but nothing is forwarded in either direction.
 *  - `throttling`: each request gets the answer {@link TABLE_THROTTLED}. */
export type ProxyMode = 'passing' | 'refusing' | 'resetting' | 'hanging' | 'throttling';

/** DynamoDB's answer when the capacity of a table is exceeded. */
const TABLE_THROTTLED = {
  statusCode: 400,
  contentType: 'application/x-amz-json-1.0',
  body: JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  }),
} as const;

export class FaultyProxy {
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  readonly #server: Server;
  readonly #port: number;
  readonly #pairs = new Set<readonly [client: Socket, service: Socket]>();
  readonly #throttled = new Set<Socket>();
  readonly #answering = createHttpServer((request, response) => {
    const { statusCode, contentType, body } = TABLE_THROTTLED;
    request.resume().on('end', () => response.writeHead(statusCode, { 'content-type': contentType }).end(body));
  });
  #mode: ProxyMode = 'passing';
  /** URL of the service; set before the first connection. */
  target = '';

  private constructor(server: Server) {
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.endpoint = `http://127.0.0.1:${this.#port}`;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<FaultyProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultyProxy(server);
  }

  /** Resolves when the new mode is active. */
  async setMode(mode: ProxyMode): Promise<void> {
    const before = this.#mode;
    this.#mode = mode;
    if (mode === 'passing' && before === 'hanging') {
      for (const [client, service] of this.#pairs) join(client, service);
    } else if (mode === 'hanging') {
      for (const sides of this.#pairs) for (const side of sides) side.unpipe().pause();
    } else this.#cut();
    if (mode === 'refusing') this.#server.close();
    else if (before === 'refusing') {
      this.#server.listen(this.#port, '127.0.0.1');
      await once(this.#server, 'listening');
    }
  }

  dispose(): void {
    this.#server.close();
    this.#cut();
  }

  #cut(): void {
    for (const [client, service] of this.#pairs) {
      client.resetAndDestroy();
      service.destroy();
    }
    for (const client of this.#throttled) client.destroy();
  }

  #accept(client: Socket): void {
    client.on('error', () => {});
    if (this.#mode === 'resetting') {
      client.resetAndDestroy();
      return;
    }
    if (this.#mode === 'throttling') {
      this.#throttled.add(client);
      client.once('close', () => this.#throttled.delete(client));
      this.#answering.emit('connection', client);
      return;
    }
    const { hostname, port } = new URL(this.target);
    const service = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port), noDelay: true });
    const pair = [client, service] as const;
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      client.destroy();
      service.destroy();
    };
    service.on('error', () => {});
    for (const side of pair) side.once('close', end);
    if (this.#mode === 'passing') join(client, service);
  }
}

function join(client: Socket, service: Socket): void {
  client.pipe(service).pipe(client);
}
