// Opens HTTP connections before they are needed. undici opens a connection when a request needs it. On the boundary, a
// hundred posts would have to wait for a hundred TLS handshakes.

import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { eachConcurrently } from '../domain/each.ts';

const CONNECT_TIMEOUT_MILLIS = 1_000;

/** Maximum of handshakes in flight. */
const CONCURRENCY = 10;

export class Connector {
  readonly #target: buildConnector.Options;
  /** All connections share it, so that they resume TLS sessions. HTTP/1.1, because HTTP/2 on execute-api is
   *  unconfirmed. */
  readonly #connect = buildConnector({ timeout: CONNECT_TIMEOUT_MILLIS, allowH2: false });
  readonly #spare = new Set<Socket>();
  #opening: Promise<void> | undefined;
  #isDisposed = false;

  /** @param origin of the server, such as `https://host` */
  constructor(origin: string) {
    const { host, hostname, protocol, port } = new URL(origin);
    this.#target = { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port };
  }

  /** The connector for undici: returns a connection that is already open, or opens one. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const [socket] = this.#spare;
    if (socket === undefined) {
      this.#connect(options, callback);
      return;
    }
    this.#spare.delete(socket);
    // The client is not ready for the socket until its call of this method has returned.
    queueMicrotask(() => callback(null, socket));
  };

  /** Opens connections until this many are unused. Resolves even if some cannot be opened: the requests that need them
   *  try again. A call during an earlier call opens none itself, and resolves with the earlier one. */
  open(count: number): Promise<void> {
    this.#opening ??= this.#open(count).finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #open(count: number): Promise<void> {
    let failures = 0;
    const isWanted = () => failures < CONCURRENCY && !this.#isDisposed;
    const dials = (function* (missing: number) {
      while (missing-- > 0 && isWanted()) yield;
    })(count - this.#spare.size);
    await eachConcurrently(dials, CONCURRENCY, async () => {
      try {
        this.#keep(await this.#dial());
      } catch {
        // After `CONCURRENCY` failures no more connections are opened here. The posts try again.
        failures++;
      }
    });
  }

  /** On an error undici omits the second argument of the callback, although its types require `null`. The callback only
   *  settles a promise, because an exception in it would end the process. */
  #dial(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      this.#connect(this.#target, (error, socket) => (socket ? resolve(socket) : reject(error)));
    });
  }

  #keep(socket: Socket): void {
    if (this.#isDisposed) {
      socket.destroy();
      return;
    }
    this.#spare.add(socket);
    socket.once('close', () => this.#spare.delete(socket));
  }

  /** Closes the connections that are not in use. */
  dispose(): void {
    this.#isDisposed = true;
    for (const socket of this.#spare) socket.destroy();
  }
}
