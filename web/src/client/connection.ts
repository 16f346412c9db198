// One socket from handshake to close: texts in and out, whatever kind of frame they come in.

import type { Closing } from '../../../protocol/messages.ts';
import { decodeUtf8 } from './platform.ts';
import type { Ports, Socket } from './ports.ts';

/** A handshake that takes longer is given up. */
export const HANDSHAKE_MILLIS = 10_000;

export interface ConnectionListener {
  opened(connection: Connection): void;
  textArrived(connection: Connection, text: string, atMillis: number): void;
  /** Called once, and last; not after `leave`.
   *  @param code 1006 when the handshake was refused or the network was lost */
  closed(connection: Connection, code: number, reason: string): void;
}

interface Gone {
  readonly code: number;
  readonly reason: string;
}

export class Connection {
  /** Index of its cell. */
  readonly cell: number;
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #moment: () => number;
  readonly #cancelDeadline: () => void;
  #isOver = false;
  isOpen = false;
  openedAtMillis = 0;
  /** When the last frame arrived. */
  heardAtMillis = -Infinity;
  /** What the server said of the close to come. */
  notice: Closing | undefined;

  /** Begins to connect. @param moment by the monotonic clock
   *  @throws what the socket's constructor throws, such as a SyntaxError for a bad URL */
  constructor(cell: number, url: string, ports: Ports, moment: () => number, listener: ConnectionListener) {
    this.cell = cell;
    this.#listener = listener;
    this.#moment = moment;
    this.#socket = ports.openSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = (event) => this.#arrived(event?.data);
    // An implementation may leave out what it does not know.
    this.#socket.onclose = (event) => this.#end({ code: event?.code ?? 1006, reason: event?.reason ?? '' });
    // A close event follows; without a listener the package `ws` would throw.
    this.#socket.onerror = () => {};
    // Last, so that no timer is left behind when what `openSocket` returned is no socket.
    this.#cancelDeadline = ports.setTimer(() => {
      this.#end({ code: 1006, reason: 'handshake timeout' });
      this.#socket.close();
    }, HANDSHAKE_MILLIS);
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Ends it without a word to the listener. Frames still under way are dropped. */
  leave(code = 1000, reason = ''): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelDeadline();
    this.#socket.close(code, reason);
  }

  #opened(): void {
    if (this.#isOver || this.isOpen) return;
    this.#cancelDeadline();
    this.isOpen = true;
    this.openedAtMillis = this.#moment();
    this.#listener.opened(this);
  }

  #arrived(data: unknown): void {
    const atMillis = this.#moment();
    this.heardAtMillis = atMillis;
    let text: string | Promise<string>;
    try {
      text = textOf(data);
    } catch {
      // A frame that cannot be read is lost, and nothing else.
      return;
    }
    if (typeof text === 'string') this.#deliver(text, atMillis);
    else
      text.then(
        (later) => this.#deliver(later, atMillis),
        () => {},
      );
  }

  #deliver(text: string, atMillis: number): void {
    if (!this.#isOver) this.#listener.textArrived(this, text, atMillis);
  }

  #end({ code, reason }: Gone): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.isOpen = false;
    this.#cancelDeadline();
    this.#listener.closed(this, code, reason);
  }
}

/** API Gateway sends text frames; some emulators send binary ones. @throws for what is no text in any form */
function textOf(data: unknown): string | Promise<string> {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return decodeUtf8(data);
  return (data as { text(): Promise<string> }).text();
}
