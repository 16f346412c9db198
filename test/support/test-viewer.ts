// A WebSocket client that queues what arrives, so that a test waits for a message and not for a time.

import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';
import { parseServerMessage, type ServerMessage, type Tick } from '../../protocol/messages.ts';

export interface ArrivedTick extends Tick {
  /** Unix time in milliseconds, by this machine's clock. */
  readonly arrivedAtMillis: number;
}

export class TestViewer {
  readonly socket: WebSocket;
  /** All texts in order of arrival. */
  readonly texts: string[] = [];
  readonly ticks: ArrivedTick[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #wake = Promise.withResolvers<void>();

  constructor(url: string, protocols: string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => {
      const text = data.toString();
      this.texts.push(text);
      const message = parseServerMessage(text);
      if (message?.type === 'tick') this.ticks.push({ ...message, arrivedAtMillis: Date.now() });
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('error', () => {});
  }

  /** @throws Error if the handshake is refused */
  static async connect(url: string, protocols: string[] = [], options: ClientOptions = {}): Promise<TestViewer> {
    const viewer = new TestViewer(url, protocols, options);
    await once(viewer.socket, 'open');
    return viewer;
  }

  /** @returns status of a handshake that should be refused; 101 if it was not */
  static async handshakeStatus(url: string, options: ClientOptions = {}): Promise<number> {
    const { socket } = new TestViewer(url, [], options);
    const status = await new Promise<number>((resolve, reject) => {
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
      socket.on('open', () => resolve(101));
      socket.on('error', reject);
    });
    socket.terminate();
    return status;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** Waits for a text, also among earlier ones. The timeout of the test ends the wait. */
  async text(matches: (text: string, index: number) => boolean): Promise<string> {
    for (let seen = 0; ; ) {
      for (; seen < this.texts.length; seen++) {
        const text = this.texts[seen] ?? '';
        if (matches(text, seen)) return text;
      }
      await this.#wake.promise;
    }
  }

  async message<T extends ServerMessage['type']>(type: T): Promise<Extract<ServerMessage, { type: T }>> {
    const text = await this.text((candidate) => parseServerMessage(candidate)?.type === type);
    return JSON.parse(text);
  }

  /** Waits until this many ticks have arrived. */
  async waitForTicks(count: number): Promise<ArrivedTick[]> {
    while (this.ticks.length < count) await this.#wake.promise;
    return this.ticks;
  }

  /** Ends the TCP connection without a close frame. */
  terminate(): void {
    this.socket.terminate();
  }

  async close(code?: number, reason?: string): Promise<void> {
    this.socket.close(code, reason);
    await this.closed;
  }
}

/** Returns whether the sequences are consecutive: no tick is missing, and none arrived twice. */
export function isConsecutive(ticks: readonly Tick[]): boolean {
  return ticks.every((tick, index) => index === 0 || tick.sequence === (ticks[index - 1]?.sequence ?? 0) + 1);
}
