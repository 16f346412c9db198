// Opens HTTP connections before they are needed. undici opens one when the first request asks for it; on the second, a
// hundred TLS handshakes would come before a hundred ticks.

import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

const CONNECT_TIMEOUT_MILLIS = 1_000;

/** Handshakes at a time. */
const CONCURRENCY = 10;

export class Connector {
  readonly #target: buildConnector.Options;
  /** One for all connections, so that TLS sessions are resumed. HTTP/1.1: that execute-api speaks HTTP/2 is unconfirmed. */
  readonly #open = buildConnector({ timeout: CONNECT_TIMEOUT_MILLIS, allowH2: false });
  #spare: Socket[] = [];
  #isDisposed = false;

  /** @param origin of the server, such as `https://host` */
  constructor(origin: string) {
    const { host, hostname, protocol, port } = new URL(origin);
    this.#target = { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port };
  }

  /** For undici: hands out a connection that is open already, or opens one. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const socket = this.#spare.pop();
    // The client is not ready for an answer before it has asked.
    if (socket !== undefined) queueMicrotask(() => callback(null, socket));
    else this.#open(options, callback);
  };

  /** Opens connections until so many are waiting to be used. Resolves also when some cannot be opened: the requests that
   *  need them will try again. */
  async open(count: number): Promise<void> {
    let missing = count - this.#spare.length;
    const worker = async () => {
      while (missing-- > 0 && !this.#isDisposed) if (!(await this.#openSpare())) return;
    };
    await Promise.all(Array.from({ length: Math.min(missing, CONCURRENCY) }, worker));
  }

  #openSpare(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#open(this.#target, (_, socket) => {
        if (socket === null) return resolve(false);
        if (this.#isDisposed) socket.destroy();
        else this.#spare.push(socket);
        socket.once('close', () => {
          this.#spare = this.#spare.filter((spare) => spare !== socket);
        });
        resolve(true);
      });
    });
  }

  /** Closes the connections that nobody has used. */
  dispose(): void {
    this.#isDisposed = true;
    for (const socket of [...this.#spare]) socket.destroy();
  }
}
