// One open WebSocket connection as the gateway knows it.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { FrameMeter } from './frame-meter.ts';
import type { Limits } from './limits.ts';

/** What the events of a connection repeat. */
export interface ConnectionFacts {
  readonly connectionId: string;
  readonly connectedAtMillis: number;
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}

/** How a connection ended, as `$disconnect` tells it. */
export interface Disconnection {
  /** A close code as in RFC 6455, section 7.4. */
  readonly statusCode: number;
  readonly reason: string;
}

/** Of recorded AWS traffic; the pair of a lost TCP connection (1006) is unconfirmed. */
const REASONS: Readonly<Record<number, string>> = {
  1000: 'Connection Closed Normally',
  1001: 'Going away',
  1005: 'Client-side close frame status not set',
};

/** Close codes (RFC 6455, section 7.4.1) by the error of `ws`; all others are 1002. That `$disconnect` is told of them is
 *  unconfirmed. */
const PROTOCOL_ERRORS: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
};

/** Messages of one client that are handled at a time. What waits beyond them stays with the client: one who floods the
 *  gateway waits for the functions alone. AWS bounds this by the account's throttle and the function's concurrency. */
const MAX_CONCURRENT_MESSAGES = 16;

export class GatewayConnection {
  readonly facts: ConnectionFacts;
  /** Resolves when the socket has closed, with the pair for `$disconnect`. */
  readonly ended: Promise<Disconnection>;
  #lastActiveAtMillis: number;
  /** By the monotonic clock: no connection ends because the wall clock was set. */
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

  /** @param stream that the socket was made on, without extensions */
  constructor(facts: ConnectionFacts, socket: WebSocket, stream: Duplex, limits: Limits) {
    this.facts = facts;
    this.#socket = socket;
    this.#stream = stream;
    this.#limits = limits;
    this.#lastActiveAtMillis = facts.connectedAtMillis;
    this.#watch();
    this.#meter = new FrameMeter(limits.frameBytes);
    stream.on('drain', () => this.#handleNext());
    // Measured before `ws` reads the same piece, and closed after it: what came before such a frame is handled.
    let isAdmitted = true;
    stream.prependListener('data', (piece: Buffer) => {
      isAdmitted = this.#meter.admits(piece);
    });
    stream.on('data', () => {
      if (!isAdmitted && this.isOpen) this.close(1009);
    });
    socket.on('message', () => this.#received++);
    // `ws` answers it. That it counts as activity is inferred from clients that live on pings alone.
    socket.on('ping', () => this.touch(Date.now()));
    this.ended = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        clearTimeout(this.#timer);
        this.#waiting.length = 0;
        resolve(this.#disconnection(code, reason.toString()));
      });
    });
    // `ws` answers a protocol error with its close code by itself, but tells of 1006 in the end.
    socket.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (code.startsWith('WS_ERR_')) this.#closedByUs ??= { statusCode: PROTOCOL_ERRORS[code] ?? 1002, reason: '' };
    });
  }

  /** False from the moment either side has begun to close: AWS then answers 410. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Whether the message that has just come is to be handled: not when its frame was too large, or one before it. */
  get isReceiving(): boolean {
    return this.isOpen && this.#received <= this.#meter.messages;
  }

  /** Unix time in milliseconds. */
  get lastActiveAtMillis(): number {
    return this.#lastActiveAtMillis;
  }

  /** Data in either direction counts as activity. @param nowMillis Unix time in milliseconds */
  touch(nowMillis: number): void {
    this.#lastActiveAtMillis = nowMillis;
    this.#activeMillis = performance.now();
  }

  /** So much waits for a client that reads slowly that no more is taken for it, until the stream says that it has drained. */
  get isCongested(): boolean {
    const { writableLength, writableNeedDrain } = this.#stream;
    return writableNeedDrain && writableLength > this.#limits.sendBufferBytes;
  }

  /** Closes the connection when it has lasted or idled too long. That AWS tells the one as it tells the other is
   *  unconfirmed. */
  #watch(): void {
    const { connectionMillis, idleMillis } = this.#limits;
    const endMillis = Math.min(this.#openedMillis + connectionMillis, this.#activeMillis + idleMillis);
    const leftMillis = endMillis - performance.now();
    if (leftMillis <= 0) this.close(1001);
    else this.#timer = setTimeout(() => this.#watch(), leftMillis).unref();
  }

  /** Handles a message of the client when its turn comes: not while it does not read what it is sent. */
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

  /** Sends one text frame; AWS passes the data of a POST on as it is. Dropped when the connection is closing. */
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

  /** Cuts the TCP connection. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** @param code as the socket reported it: 1005 for a close frame without a code, 1006 for no close frame */
  #disconnection(code: number, reason: string): Disconnection {
    if (this.#closedByUs !== undefined) return this.#closedByUs;
    return { statusCode: code, reason: code === 1005 ? (REASONS[code] ?? '') : reason };
  }
}
