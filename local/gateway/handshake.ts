// The opening handshake. `ws` checks the request, then it waits until `$connect` has decided, then `ws` answers it.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-keys-connect-disconnect.html

import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { peerAddress } from '../address.ts';
import type { ConnectionFacts } from './connection.ts';
import { makeGatewayId } from './identifiers.ts';

export interface ConnectDecision {
  /** HTTP status of the handshake. 2xx admits the client. */
  readonly statusCode: number;
  /** The sub-protocol that `$connect` has chosen. If undefined, the connection has none.
   *  @see https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-connect-route-subprotocol.html */
  readonly protocol?: string;
}

export interface HandshakeListener {
  /** Called when the request is a valid handshake. Must not reject. */
  decide(facts: ConnectionFacts, request: IncomingMessage): Promise<ConnectDecision>;
  /** @param stream stream below the WebSocket */
  opened(facts: ConnectionFacts, socket: WebSocket, stream: Duplex): void;
  /** Called if the client left between its admission and the end of the handshake. */
  abandoned(facts: ConnectionFacts): void;
}

export class Handshakes {
  readonly #listener: HandshakeListener;
  readonly #pending = new WeakMap<IncomingMessage, { readonly facts: ConnectionFacts; protocol: string | undefined }>();
  readonly #sockets: WebSocketServer;
  readonly #waiting = new Set<Duplex>();

  /** @param maxMessageBytes `ws` closes a connection with 1009 if a message is larger */
  constructor(listener: HandshakeListener, maxMessageBytes: number) {
    this.#listener = listener;
    this.#sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      handleProtocols: (_, request) => this.#pending.get(request)?.protocol ?? false,
      verifyClient: ({ req }, answer) => {
        // Only this handshake fails.
        this.#verify(req, () => answer(true)).catch(() => refuseHandshake(req.socket, 500));
      },
    });
  }

  /** Handles an upgrade request. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const facts: ConnectionFacts = {
      connectionId: makeGatewayId(),
      connectedAtMillis: Date.now(),
      sourceIp: peerAddress(request.socket.remoteAddress),
      userAgent: request.headers['user-agent'],
    };
    this.#pending.set(request, { facts, protocol: undefined });
    this.#waiting.add(socket);
    socket.once('close', () => this.#waiting.delete(socket));
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#listener.opened(facts, webSocket, socket));
  }

  /** Refuses the handshakes that wait for `$connect`. */
  dispose(): void {
    for (const socket of this.#waiting) refuseHandshake(socket, 503);
  }

  async #verify(request: IncomingMessage, admit: () => void): Promise<void> {
    const handshake = this.#pending.get(request);
    if (handshake === undefined) return;
    const { statusCode, protocol } = await this.#listener.decide(handshake.facts, request);
    const { socket } = request;
    this.#waiting.delete(socket);
    if (statusCode < 200 || statusCode > 299) return refuseHandshake(socket, statusCode);
    if (!socket.readable || !socket.writable) {
      socket.destroy();
      return this.#listener.abandoned(handshake.facts);
    }
    handshake.protocol = protocol;
    admit();
  }
}

export interface Refusal {
  readonly headers?: Readonly<Record<string, string>>;
  /** @default - the standard text of the status */
  readonly message?: string;
}

/** Answers a handshake with an error status and closes the connection. API Gateway's usual body is the status in JSON.
 *  For handshakes that is unconfirmed. */
export function refuseHandshake(socket: Duplex, statusCode: number, { headers = {}, message }: Refusal = {}): void {
  if (socket.writableEnded) return;
  // Node passes the socket without listeners. An unhandled error would end the process, and the socket would stay half
  // open.
  socket.on('error', () => {}).once('finish', () => socket.destroy());
  const status = STATUS_CODES[statusCode] ?? 'Unknown';
  const body = JSON.stringify({ message: message ?? status });
  const fields = {
    Connection: 'close',
    'Content-Type': 'application/json',
    'x-amzn-requestid': makeGatewayId(),
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${statusCode} ${status}\r\n${lines.join('')}\r\n${body}`);
}
