// One open WebSocket connection of the gateway.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameMeter } from './frame-meter.ts';
import type { Limits } from './limits.ts';

/** The values that are in every event of a connection. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly connectedAtMillis: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}

/** The end of a connection, as in the event of `$disconnect`. */
export interface Disconnection {
  /** A close code as in RFC 6455, section 7.4. */
  readonly statusCode: number;
  readonly reason: string;
}

/** From recorded AWS traffic. The values for a lost TCP connection (1006) are unconfirmed. */
const REASONS: Readonly<Record<number, string>> = {
  1000: 'Connection Closed Normally',
  1001: 'Going away',
  1005: 'Client-side close frame status not set',
};

/** Close codes (RFC 6455, section 7.4.1) by the error code of `ws`. All others are 1002. It is unconfirmed whether the
 *  event of `$disconnect` contains them. */
const PROTOCOL_ERRORS: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
};

/** Maximum number of messages of one client in progress. The gateway does not read further ones from the client, so a
 *  client that floods the gateway only delays itself. AWS limits this by the throttle of the account and the
 *  concurrency of the function. */
const MAX_CONCURRENT_MESSAGES = 16;

export class GatewayConnection {
  readonly facts: ConnectionFacts;
  /** Resolves when the socket has closed, with the values for `$disconnect`. */
  readonly ended: Promise<Disconnection>;
  #lastActiveAtMillis: number;
  /** Times of the monotonic clock, so that no connection ends because the wall clock was set. */
  readonly #openedMillis = performance.now();
  #activeMillis = performance.now();
  #closedByUs: Disconnection | undefined;
  #received = 0;
  #handling = 0;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #limits: Limits;
  readonly #meter: FrameMeter;
  #timer: NodeJS.Timeout | undefined;

  /** @param stream stream below the WebSocket, without extensions */
  constructor(facts: ConnectionFacts, socket: WebSocket, stream: Duplex, limits: Limits) {
    this.facts = facts;
    this.#socket = socket;
    this.#stream = stream;
    this.#limits = limits;
    this.#lastActiveAtMillis = facts.connectedAtMillis;
    this.#watch();
    this.#meter = new FrameMeter(limits.frameBytes);
    stream.on('drain', () => this.#handleNext());
    // Measure before `ws` reads the same chunk, and close after it, so that messages before such a frame are handled.
    let isAdmitted = true;
    stream.prependListener('data', (piece: Buffer) => {
      isAdmitted = this.#meter.admits(piece);
    });
    stream.on('data', () => {
      if (!isAdmitted && this.isOpen) this.close(1009);
    });
    socket.on('message', () => this.#received++);
    // `ws` answers the ping. A ping counts as activity, inferred from clients that stay connected by pings alone.
    socket.on('ping', () => this.touch(Date.now()));
    this.ended = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        clearTimeout(this.#timer);
        this.#waiting.length = 0;
        resolve(this.#disconnection(code, reason.toString()));
      });
    });
    // `ws` sends the close code of a protocol error, but then reports 1006.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (code.startsWith('WS_ERR_')) this.#closedByUs ??= { statusCode: PROTOCOL_ERRORS[code] ?? 1002, reason: '' };
    });
  }

  /** False when either side has begun to close. AWS then answers 410. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Returns whether the latest message must be handled. False if its frame, or an earlier one, was too large. */
  get isReceiving(): boolean {
    return this.isOpen && this.#received <= this.#meter.messages;
  }

  /** Unix time in milliseconds. */
  get lastActiveAtMillis(): number {
    return this.#lastActiveAtMillis;
  }

  /** Records activity, which is data in either direction. @param nowMillis Unix time in milliseconds */
  touch(nowMillis: number): void {
    this.#lastActiveAtMillis = nowMillis;
    this.#activeMillis = performance.now();
  }

  /** True if too many bytes wait for a client that reads slowly. Stays true until the stream has drained. */
  get isCongested(): boolean {
    const { writableLength, writableNeedDrain } = this.#stream;
    return writableNeedDrain && writableLength > this.#limits.sendBufferBytes;
  }

  /** Closes the connection if it has lasted or was idle too long. It is unconfirmed whether AWS uses the same values
   *  for both in `$disconnect`. */
  #watch(): void {
    const { connectionMillis, idleMillis } = this.#limits;
    const endMillis = Math.min(this.#openedMillis + connectionMillis, this.#activeMillis + idleMillis);
    const leftMillis = endMillis - performance.now();
    if (leftMillis <= 0) this.close(1001);
    else this.#timer = setTimeout(() => this.#watch(), leftMillis).unref();
  }

  /** Handles a message of the client after its earlier ones. Waits while the client does not read its own messages. */
  handle(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#handleNext();
  }

  #handleNext(): void {
    while (this.#handling < MAX_CONCURRENT_MESSAGES && !this.isCongested) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      this.#handling++;
      const done = () => {
        this.#handling--;
        this.#handleNext();
      };
      work().then(done, done);
    }
    if (this.#waiting.length > 0 || this.isCongested) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }

  /** Sends one text frame. AWS sends the data of a POST unchanged. Ignored if the connection is closing. */
  send(text: string | Buffer, nowMillis: number): void {
    if (!this.isOpen) return;
    this.touch(nowMillis);
    this.#socket.send(text, { binary: false }, () => {});
  }

  /** Starts the closing handshake. */
  close(statusCode: number): void {
    const reason = REASONS[statusCode] ?? '';
    this.#closedByUs ??= { statusCode, reason };
    this.#socket.close(statusCode, reason);
  }

  /** Closes the TCP connection without a closing handshake. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** @param code close code of `ws`: 1005 for a close frame without a code, 1006 without a close frame */
  #disconnection(code: number, reason: string): Disconnection {
    if (this.#closedByUs !== undefined) return this.#closedByUs;
    return { statusCode: code, reason: code === 1005 ? (REASONS[code] ?? '') : reason };
  }
}
