// One WebSocket from handshake to close. It sends and receives texts, also if they arrive in binary frames.

import type { Closing } from '../../../protocol/messages.ts';
import { decodeUtf8 } from './platform.ts';
import type { Ports, Socket } from './ports.ts';

/** Timeout of a handshake. */
export const HANDSHAKE_MILLIS = 10_000;

export interface ConnectionListener {
  opened(connection: Connection): void;
  textArrived(connection: Connection, text: string, atMillis: number): void;
  /** Called once as the last event, but not after `leave`.
   *  @param code 1006 if the handshake was refused or the network was lost */
  closed(connection: Connection, code: number, reason: string): void;
}

interface Gone {
  readonly code: number;
  readonly reason: string;
}

export class Connection {
  /** Index of the cell. */
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
  /** The server's notice that it will close the connection. */
  notice: Closing | undefined;

  /** Starts to connect. @param moment time of the monotonic clock
   *  @throws Error of the WebSocket constructor, for example SyntaxError for an invalid URL */
  constructor(cell: number, url: string, ports: Ports, moment: () => number, listener: ConnectionListener) {
    this.cell = cell;
    this.#listener = listener;
    this.#moment = moment;
    this.#socket = ports.openSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = (event) => this.#arrived(event?.data);
    // An implementation may omit properties of the event.
    this.#socket.onclose = (event) => this.#end({ code: event?.code ?? 1006, reason: event?.reason ?? '' });
    // A close event follows. Without this listener the package `ws` would throw.
    this.#socket.onerror = () => {};
    // Set last, so that no timer remains if `openSocket` did not return a socket.
    this.#cancelDeadline = ports.setTimer(() => {
      this.#end({ code: 1006, reason: 'handshake timeout' });
      this.#socket.close();
    }, HANDSHAKE_MILLIS);
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Closes the connection without an event. Later frames are ignored. */
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
      // Ignore a frame that cannot be read.
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

/** Converts the data of a frame to text. API Gateway sends text frames, but some emulators send binary ones.
 *  @throws Error if it is not text */
function textOf(data: unknown): string | Promise<string> {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return decodeUtf8(data);
  return (data as { text(): Promise<string> }).text();
}
