// One open WebSocket connection as the gateway knows it.

import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { makeTextFrame } from './text-frame.ts';

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

/** Messages of one client that are handled at a time. What waits beyond them stays with the client: one who floods the
 *  gateway waits for the functions alone. AWS bounds this by the account's throttle and the function's concurrency. */
const MAX_CONCURRENT_MESSAGES = 16;

export class GatewayConnection {
  readonly facts: ConnectionFacts;
  /** Resolves when the socket has closed, with the pair for `$disconnect`. */
  readonly ended: Promise<Disconnection>;
  #lastActiveAtMillis: number;
  #closedByUs: Disconnection | undefined;
  #handling = 0;
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #socket: WebSocket;
  readonly #stream: Duplex;

  /** @param stream that the socket was made on, without extensions */
  constructor(facts: ConnectionFacts, socket: WebSocket, stream: Duplex) {
    this.facts = facts;
    this.#socket = socket;
    this.#stream = stream;
    this.#lastActiveAtMillis = facts.connectedAtMillis;
    this.ended = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#waiting.length = 0;
        resolve(this.#disconnection(code, reason.toString()));
      });
    });
    // `ws` answers a protocol error with its close code by itself; the close event follows.
    socket.on('error', () => {});
  }

  /** False from the moment either side has begun to close: AWS then answers 410. */
  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  get lastActiveAtMillis(): number {
    return this.#lastActiveAtMillis;
  }

  /** Data in either direction counts as activity. */
  touch(nowMillis: number): void {
    this.#lastActiveAtMillis = nowMillis;
  }

  /** Handles a message of the client when its turn comes. @param work never rejects */
  handle(work: () => Promise<void>): void {
    this.#waiting.push(work);
    this.#handleNext();
  }

  #handleNext(): void {
    while (this.#handling < MAX_CONCURRENT_MESSAGES) {
      const work = this.#waiting.shift();
      if (work === undefined) break;
      this.#handling++;
      work().then(() => {
        this.#handling--;
        this.#handleNext();
      });
    }
    if (this.#waiting.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused) this.#socket.resume();
  }

  /** Sends one text frame; AWS passes the data of a POST on as it is. Dropped when the connection is closing.
   *
   *  Past `ws`, which writes head and data of a frame apart: a fifteenth of what a POST costs. Its own frames, of closing and
   *  of pongs, go to the stream at once as well (only compression and blobs would hold one back), so the order is that of the
   *  calls. */
  send(text: string | Buffer, nowMillis: number): void {
    if (!this.isOpen) return;
    this.touch(nowMillis);
    this.#stream.write(makeTextFrame(text));
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
