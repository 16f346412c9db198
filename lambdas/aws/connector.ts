// Opens HTTP connections before they are needed. undici opens one when the first request asks for it; on the second, a
// hundred TLS handshakes would come before a hundred ticks.

import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { eachConcurrently } from '../domain/each.ts';

const CONNECT_TIMEOUT_MILLIS = 1_000;

/** Handshakes at a time. */
const CONCURRENCY = 10;

export class Connector {
  readonly #target: buildConnector.Options;
  /** One for all connections, so that TLS sessions are resumed. HTTP/1.1: HTTP/2 on execute-api is unconfirmed. */
  readonly #connect = buildConnector({ timeout: CONNECT_TIMEOUT_MILLIS, allowH2: false });
  readonly #spare = new Set<Socket>();
  #opening: Promise<void> | undefined;
  #isDisposed = false;

  /** @param origin of the server, such as `https://host` */
  constructor(origin: string) {
    const { host, hostname, protocol, port } = new URL(origin);
    this.#target = { host, hostname: hostname.replace(/^\[|\]$/g, ''), protocol, port };
  }

  /** For undici: hands out a connection that is open already, or opens one. */
  readonly connect: buildConnector.connector = (options, callback) => {
    const [socket] = this.#spare;
    if (socket === undefined) {
      this.#connect(options, callback);
      return;
    }
    this.#spare.delete(socket);
    // The client is not ready for an answer before it has asked.
    queueMicrotask(() => callback(null, socket));
  };

  /** Opens connections until this many wait to be used. Resolves also when some cannot be opened: the requests that need
   *  them will try again. A call while another is at work waits for that one. */
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
        // After as many failures as there are places, no further connection is opened here. The posts try again.
        failures++;
      }
    });
  }

  /** undici calls back with an error and no second argument, although its types promise `null`. Only a promise is settled
   *  in the callback: an exception thrown there would end the process. */
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
