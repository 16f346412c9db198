// A stand-in for one API Gateway WebSocket API with one stage: that of the stack, or that of the conformance probe. The HTTP
// server that it runs on passes on upgrades and the requests below /{stage}. docs/fidelity.md compares it with AWS.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RawData, WebSocket } from 'ws';
import { type ConnectionFacts, type Disconnection, GatewayConnection } from './connection.ts';
import { ConnectionsApi } from './connections-api.ts';
import { Disconnects } from './disconnects.ts';
import type { Faults } from './faults.ts';
import { type ConnectDecision, Handshakes, refuseHandshake } from './handshake.ts';
import { connectDecision, Integrations, type RouteOutcome, type Routes } from './integration.ts';
import { AWS_LIMITS, type Limits } from './limits.ts';
import {
  type ApiFacts,
  type GatewayEvent,
  makeConnectEvent,
  makeDisconnectEvent,
  makeMessageEvent,
} from './proxy-event.ts';
import { selectRoute } from './routing.ts';
import { type Credentials, SignatureCheck } from './signature.ts';
import { Throttle } from './throttle.ts';

export interface GatewayOptions {
  readonly stage: string;
  readonly routes: Routes;
  /** Who may use the @connections API. */
  readonly credentials: Credentials;
  readonly region: string;
  /** Host and port under which the gateway is reached. */
  readonly domainName: string;
  /** Seen by every function. @default none */
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** @default AWS_LIMITS */
  readonly limits?: Partial<Limits>;
  /** @default none */
  readonly faults?: Faults;
  /** From 0 up to 1, for the faults. @default Math.random */
  random?(): number;
}

/** The protocol's version (RFC 6455, section 4.1). `ws` accepts the draft's version 8 as well. */
const WEBSOCKET_VERSION = '13';

/** How long {@link Gateway.dispose} waits for clients to answer the close frame. */
const CLOSE_GRACE_MILLIS = 500;

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #limits: Limits;
  readonly #throttle: Throttle;
  readonly #integrations: Integrations;
  readonly #connections = new Map<string, GatewayConnection>();
  readonly #connectionsApi: ConnectionsApi;
  readonly #handshakes: Handshakes;
  readonly #disconnects = new Disconnects((event) => this.#integrations.invoke('$disconnect', event));
  readonly #random: () => number;
  #faults: Faults;
  #isClosing = false;

  /** @throws RangeError for a route that cannot be served */
  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#limits = { ...AWS_LIMITS, ...options.limits };
    this.#throttle = new Throttle(this.#limits);
    this.#integrations = new Integrations(options.routes, this.#limits.integrationMillis);
    this.#random = options.random ?? Math.random;
    this.#faults = options.faults ?? {};
    this.#connectionsApi = new ConnectionsApi({
      stage: options.stage,
      signatures: new SignatureCheck(options.credentials, options.region),
      connections: this.#connections,
      limits: this.#limits,
      throttle: this.#throttle,
      faults: () => this.#faults,
      now: () => Date.now(),
      random: this.#random,
    });
    const listener = {
      decide: (facts: ConnectionFacts, request: IncomingMessage) => this.#connect(facts, request),
      opened: (facts: ConnectionFacts, socket: WebSocket, stream: Duplex) => this.#open(facts, socket, stream),
      abandoned: (facts: ConnectionFacts) => this.#disconnect(facts, { statusCode: 1006, reason: '' }),
    };
    this.#handshakes = new Handshakes(listener, this.#limits.messageBytes);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Sets what goes wrong from now on. */
  setFaults(faults: Faults): void {
    this.#faults = faults;
  }

  /** Cuts the TCP connection of a client. @returns whether there was one */
  cut(connectionId: string): boolean {
    const connection = this.#connections.get(connectionId);
    connection?.terminate();
    return connection !== undefined;
  }

  /** Whether a request or an upgrade with this URL is the gateway's to answer. */
  owns(url = ''): boolean {
    const root = `/${this.#options.stage}`;
    return url.startsWith(root) && (url.length === root.length || url[root.length] === '/' || url[root.length] === '?');
  }

  /** Answers a plain HTTP request below /{stage}: the @connections API. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#connectionsApi.owns(request.url)) {
      // A handshake without its upgrade. Reported for any path: serverless-offline's ws.e2e.js, written to run on AWS.
      response.writeHead(426, { upgrade: 'websocket', 'content-type': 'application/json' });
      response.end('{"message":"Upgrade Required"}');
      return;
    }
    this.#connectionsApi.handle(request, response);
  }

  /** Answers a handshake below /{stage}. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { httpVersion, headers } = request;
    if (this.#isClosing) refuseHandshake(socket, 503);
    else if (httpVersion !== '1.1') {
      refuseHandshake(socket, 505, { message: `a handshake needs HTTP/1.1, got HTTP/${httpVersion}` });
    } else if (headers['sec-websocket-version'] !== WEBSOCKET_VERSION) {
      // RFC 6455, section 4.2.2. What AWS answers is unconfirmed.
      refuseHandshake(socket, 426, { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION } });
    }
    // A path below the stage's: reported for AWS, the status unconfirmed.
    else if (!isStageRoot(request.url)) refuseHandshake(socket, 403);
    // The status is unconfirmed.
    else if ((request.url ?? '').length > this.#limits.urlLength) refuseHandshake(socket, 414);
    else if (!this.#throttle.admitsHandshake(performance.now())) refuseHandshake(socket, 429);
    else this.#handshakes.accept(request, socket, head);
  }

  /** Sends a text to every open connection, as a POST to each would. */
  postToAll(text: string): void {
    for (const connection of this.#connections.values()) connection.send(text, Date.now());
  }

  /** Closes every connection with the code, and cuts those that do not answer. `$disconnect` is not invoked any more. */
  async dispose(statusCode = 1001): Promise<void> {
    this.#isClosing = true;
    this.#disconnects.clear();
    this.#handshakes.dispose();
    const connections = [...this.#connections.values()];
    const ended = Promise.all(connections.map((connection) => connection.ended));
    for (const connection of connections) connection.close(statusCode);
    await Promise.race([ended, sleep(CLOSE_GRACE_MILLIS, undefined, { ref: false })]);
    for (const connection of connections) connection.terminate();
    await ended;
  }

  get #api(): ApiFacts {
    const { stage, domainName, stageVariables } = this.#options;
    return { apiId: 'local', stage, domainName, stageVariables };
  }

  async #connect(facts: ConnectionFacts, request: IncomingMessage): Promise<ConnectDecision> {
    if (!this.#integrations.has('$connect')) return { statusCode: 200 };
    const event = makeConnectEvent(this.#api, facts, request, Date.now());
    const outcome = await this.#integrations.invoke('$connect', event);
    // Nobody would close a connection that opens now.
    return this.#isClosing ? { statusCode: 503 } : connectDecision(outcome);
  }

  #open(facts: ConnectionFacts, socket: WebSocket, stream: Duplex): void {
    const connection = new GatewayConnection(facts, socket, stream, this.#limits);
    this.#connections.set(facts.connectionId, connection);
    socket.on('message', (data, isBinary) => {
      if (!connection.isReceiving) return;
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
    const routeKey = selectRoute(body, this.#integrations.messageKeys) ?? '';
    const event = makeMessageEvent(this.#api, connection.facts, routeKey, body, receivedMillis);
    const reply = await this.#replyTo(routeKey, event);
    if (reply !== undefined) connection.send(reply, Date.now());
  }

  async #replyTo(routeKey: string, event: GatewayEvent): Promise<string | undefined> {
    if (!this.#throttle.admitsMessage(performance.now())) return errorFrame('Too Many Requests', event);
    if (routeKey === '') return errorFrame('Forbidden', event);
    const outcome = await this.#integrations.invoke(routeKey, event);
    if (outcome.kind !== 'answered') return errorFrame(ERROR_TEXTS[outcome.kind], event);
    const reply = this.#integrations.replyOf(routeKey, outcome.answer);
    // The text is unconfirmed.
    if (Buffer.byteLength(reply ?? '') > this.#limits.messageBytes) return errorFrame(ERROR_TEXTS.failed, event);
    return reply;
  }

  #disconnect(facts: ConnectionFacts, end: Disconnection): void {
    if (this.#isClosing || !this.#integrations.has('$disconnect')) return;
    if (this.#random() < (this.#faults.lostDisconnects ?? 0)) return;
    this.#disconnects.add(makeDisconnectEvent(this.#api, facts, end, Date.now()));
  }
}

/** The text for a throttled function is inferred; that for too many requests, which stands above, is unconfirmed. */
const ERROR_TEXTS: Readonly<Record<Exclude<RouteOutcome['kind'], 'answered'>, string>> = {
  failed: 'Internal server error',
  throttled: 'Internal server error',
  timedOut: 'Endpoint request timed out',
};

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
