// A stand-in for one API Gateway WebSocket API and its stage, with any routes. It sits on an HTTP server that others own:
// that server passes on its upgrades and the requests below /{stage}. docs/fidelity.md compares it with AWS.

import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { type ConnectionFacts, type Disconnection, GatewayConnection } from './connection.ts';
import { ConnectionsApi } from './connections-api.ts';
import { type ConnectDecision, Handshakes, refuseHandshake } from './handshake.ts';
import { MAX_INTEGRATION_TIMEOUT_MILLIS } from './limits.ts';
import {
  type ApiFacts,
  type GatewayEvent,
  makeConnectEvent,
  makeDisconnectEvent,
  makeMessageEvent,
} from './proxy-event.ts';
import { DEFAULT_ROUTE_SELECTION, selectRoute } from './routing.ts';
import { type Credentials, SignatureCheck } from './signature.ts';

/** How the invocation of a route's function ended. */
export type RouteOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw' }
  | { readonly kind: 'timedOut' };

export interface Route {
  invoke(event: GatewayEvent): Promise<RouteOutcome>;
  /** Sends the body that the function returns to the client. @default false: it is dropped */
  readonly routeResponse?: boolean;
}

export interface GatewayOptions {
  readonly stage: string;
  /** By route key: `$connect`, `$disconnect`, `$default`, or what the selection expression yields. */
  readonly routes: Readonly<Record<string, Route>>;
  /** @default '$request.body.action' */
  readonly routeSelectionExpression?: string;
  /** Who may use the @connections API. */
  readonly credentials: Credentials;
  readonly region: string;
  /** Host and port under which the gateway is reached. */
  readonly domainName: string;
  /** @default 29,000 */
  readonly integrationTimeoutMillis?: number;
  /** `$disconnect` is best effort on AWS: with this it is never invoked. @default false */
  readonly loseDisconnects?: boolean;
}

/** How long {@link Gateway.dispose} waits for clients to answer the close frame. */
const CLOSE_GRACE_MILLIS = 500;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #messageRoutes: ReadonlySet<string>;
  readonly #connections = new Map<string, GatewayConnection>();
  readonly #connectionsApi: ConnectionsApi;
  readonly #handshakes: Handshakes;
  #isClosing = false;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#messageRoutes = new Set(
      Object.keys(options.routes).filter((key) => key !== '$connect' && key !== '$disconnect'),
    );
    this.#connectionsApi = new ConnectionsApi({
      stage: options.stage,
      signatures: new SignatureCheck(options.credentials, options.region),
      connections: this.#connections,
      now: () => Date.now(),
    });
    this.#handshakes = new Handshakes({
      decide: (facts, request) => this.#connect(facts, request),
      opened: (facts, socket, stream) => this.#open(facts, socket, stream),
      abandoned: (facts) => this.#disconnect(facts, { statusCode: 1006, reason: '' }),
    });
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Whether a request or an upgrade with this URL is the gateway's to answer. */
  owns(url = ''): boolean {
    const root = `/${this.#options.stage}`;
    return url.startsWith(root) && (url.length === root.length || url[root.length] === '/' || url[root.length] === '?');
  }

  /** Answers a plain HTTP request below /{stage}: the @connections API. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    if (isStageRoot(request.url)) {
      // A handshake without its upgrade. On AWS unconfirmed.
      response.writeHead(426, { upgrade: 'websocket', 'content-type': 'application/json' });
      response.end('{"message":"Upgrade Required"}');
      return;
    }
    this.#connectionsApi.handle(request, response);
  }

  /** Answers a handshake below /{stage}. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isClosing) refuseHandshake(socket, 503);
    // A path below the stage's: reported for AWS, the status unconfirmed.
    else if (!isStageRoot(request.url)) refuseHandshake(socket, 403);
    else this.#handshakes.accept(request, socket, head);
  }

  /** Sends a text to every open connection, as a POST to each would. */
  postToAll(text: string): void {
    for (const connection of this.#connections.values()) connection.send(text, Date.now());
  }

  /** Closes every connection with the code, and cuts those that do not answer. `$disconnect` is not invoked any more. */
  async dispose(statusCode = 1001): Promise<void> {
    this.#isClosing = true;
    const connections = [...this.#connections.values()];
    const ended = Promise.all(connections.map((connection) => connection.ended));
    for (const connection of connections) connection.close(statusCode);
    await Promise.race([ended, sleep(CLOSE_GRACE_MILLIS, undefined, { ref: false })]);
    for (const connection of connections) connection.terminate();
    await ended;
  }

  get #api(): ApiFacts {
    const { stage, domainName } = this.#options;
    return { apiId: 'local', stage, domainName };
  }

  async #connect(facts: ConnectionFacts, request: IncomingMessage): Promise<ConnectDecision> {
    if (this.#options.routes.$connect === undefined) return { statusCode: 200 };
    const outcome = await this.#invoke('$connect', makeConnectEvent(this.#api, facts, request, Date.now()));
    // Nobody would close a connection that opens now.
    if (this.#isClosing) return { statusCode: 503 };
    if (outcome.kind === 'threw') return { statusCode: 502 };
    // On AWS unconfirmed.
    if (outcome.kind === 'timedOut') return { statusCode: 504 };
    const { statusCode, headers } = (outcome.value ?? {}) as { statusCode?: unknown; headers?: Record<string, string> };
    if (typeof statusCode !== 'number' || STATUS_CODES[statusCode] === undefined) return { statusCode: 502 };
    const name = Object.keys(headers ?? {}).find((header) => header.toLowerCase() === 'sec-websocket-protocol');
    const protocol = name === undefined ? undefined : headers?.[name];
    return { statusCode, ...(protocol !== undefined && { protocol }) };
  }

  #open(facts: ConnectionFacts, socket: WebSocket, stream: Duplex): void {
    const connection = new GatewayConnection(facts, socket, stream);
    this.#connections.set(facts.connectionId, connection);
    socket.on('message', (data, isBinary) => {
      const receivedMillis = Date.now();
      connection.touch(receivedMillis);
      // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
      if (isBinary) connection.close(1003);
      else connection.handle(() => this.#message(connection, textOf(data), receivedMillis));
    });
    connection.ended.then((end) => {
      this.#connections.delete(facts.connectionId);
      this.#disconnect(facts, end);
    });
  }

  async #message(connection: GatewayConnection, body: string, receivedMillis: number): Promise<void> {
    const { routeSelectionExpression = DEFAULT_ROUTE_SELECTION, routes } = this.#options;
    const routeKey = selectRoute(routeSelectionExpression, body, this.#messageRoutes);
    const event = makeMessageEvent(this.#api, connection.facts, routeKey ?? '', body, receivedMillis);
    const outcome = routeKey === undefined ? undefined : await this.#invoke(routeKey, event);
    if (outcome?.kind !== 'returned') {
      const problem = outcome === undefined ? 'Forbidden' : ERROR_TEXTS[outcome.kind];
      connection.send(errorFrame(problem, event), Date.now());
      return;
    }
    const { body: reply } = (outcome.value ?? {}) as { body?: unknown };
    const hasResponse = routeKey !== undefined && routes[routeKey]?.routeResponse === true;
    if (hasResponse && typeof reply === 'string') connection.send(reply, Date.now());
  }

  #disconnect(facts: ConnectionFacts, end: Disconnection): void {
    if (this.#isClosing || this.#options.loseDisconnects || this.#options.routes.$disconnect === undefined) return;
    this.#invoke('$disconnect', makeDisconnectEvent(this.#api, facts, end, Date.now()));
  }

  /** Never rejects. */
  async #invoke(routeKey: string, event: GatewayEvent): Promise<RouteOutcome> {
    const route = this.#options.routes[routeKey];
    if (route === undefined) return { kind: 'threw' };
    const timeout = new AbortController();
    const timeoutMillis = this.#options.integrationTimeoutMillis ?? MAX_INTEGRATION_TIMEOUT_MILLIS;
    const timedOut = sleep(timeoutMillis, { kind: 'timedOut' } as const, { signal: timeout.signal });
    timedOut.catch(() => {});
    try {
      return await Promise.race([route.invoke(event), timedOut]);
    } catch {
      return { kind: 'threw' };
    } finally {
      timeout.abort();
    }
  }
}

const ERROR_TEXTS = { threw: 'Internal server error', timedOut: 'Endpoint request timed out' } as const;

/** The frame a client gets when its message failed; the space after the first colon is AWS's. */
function errorFrame(message: string, event: GatewayEvent): string {
  const { connectionId, requestId } = event.requestContext as { connectionId: string; requestId: string };
  return `{"message": "${message}", "connectionId":"${connectionId}", "requestId":"${requestId}"}`;
}

function isStageRoot(url = ''): boolean {
  return /^\/[^/?]*\/?(\?|$)/.test(url);
}

function textOf(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as ArrayBuffer).toString();
}
