// Emulates one API Gateway WebSocket API with one stage: the API of the stack, or the API of the conformance probe. Its
// HTTP server passes it upgrades and the requests below /{stage}. docs/fidelity.md compares it with AWS.

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
  /** Credentials for the @connections API. */
  readonly credentials: Credentials;
  readonly region: string;
  /** Public host and port of the gateway. */
  readonly domainName: string;
  /** Stage variables, which are in every event. @default - none */
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** @default AWS_LIMITS */
  readonly limits?: Partial<Limits>;
  /** @default none */
  readonly faults?: Faults;
  /** Returns a number from 0 up to 1, for the faults. @default Math.random */
  random?(): number;
}

/** Version of the protocol (RFC 6455, section 4.1). `ws` also accepts version 8 of the draft. */
const WEBSOCKET_VERSION = '13';

/** Time for clients to answer the close frame during {@link Gateway.dispose}. */
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

  /** @throws RangeError for an invalid route */
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

  /** Sets the faults from now on. */
  setFaults(faults: Faults): void {
    this.#faults = faults;
  }

  /** Closes the TCP connection of a client without a closing handshake. @returns false if there is no such
   *  connection */
  cut(connectionId: string): boolean {
    const connection = this.#connections.get(connectionId);
    connection?.terminate();
    return connection !== undefined;
  }

  /** Returns whether the gateway answers requests and upgrades with this URL. */
  owns(url = ''): boolean {
    const root = `/${this.#options.stage}`;
    return url.startsWith(root) && (url.length === root.length || url[root.length] === '/' || url[root.length] === '?');
  }

  /** Answers a plain HTTP request below /{stage}, which is for the @connections API. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#connectionsApi.owns(request.url)) {
      // A handshake without an upgrade. AWS answers so for any path, according to serverless-offline's ws.e2e.js, which
      // also runs against AWS.
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
      // RFC 6455, section 4.2.2. The answer of AWS is unconfirmed.
      refuseHandshake(socket, 426, { headers: { Upgrade: 'websocket', 'Sec-WebSocket-Version': WEBSOCKET_VERSION } });
    }
    // A path below the path of the stage. Reported for AWS, but the status is unconfirmed.
    else if (!isStageRoot(request.url)) refuseHandshake(socket, 403);
    // The status is unconfirmed.
    else if ((request.url ?? '').length > this.#limits.urlLength) refuseHandshake(socket, 414);
    else if (!this.#throttle.admitsHandshake(performance.now())) refuseHandshake(socket, 429);
    else this.#handshakes.accept(request, socket, head);
  }

  /** Sends a text to every open connection, like a POST to each. */
  postToAll(text: string): void {
    for (const connection of this.#connections.values()) connection.send(text, Date.now());
  }

  /** Closes every connection with the code. Ends the TCP connections of clients that do not answer. No longer invokes
   *  `$disconnect`. */
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
    // A connection that opened now would not be closed.
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

/** The text for a throttled function is inferred. The text for too many requests, above, is unconfirmed. */
const ERROR_TEXTS: Readonly<Record<Exclude<RouteOutcome['kind'], 'answered'>, string>> = {
  failed: 'Internal server error',
  throttled: 'Internal server error',
  timedOut: 'Endpoint request timed out',
};

/** The frame that a client gets when its message failed. AWS writes the space after the first colon. */
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
