// One WebSocket connection to the clock, without a page: text in, messages and states out.

import { parseServerMessage, type ServerMessage } from '../../lambdas/protocol.ts';

export type SocketState = 'connecting' | 'open' | 'closed';

export interface ClockSocketListener {
  stateChanged(state: SocketState): void;
  messageArrived(message: ServerMessage): void;
  /** A text that is not of the protocol, such as an error frame of the gateway. */
  textArrived(text: string): void;
  /** Called once, after which the socket is done with.
   *  @param code as in RFC 6455, section 7.4; 1006 when the handshake was refused or the network was lost */
  closed(code: number, reason: string): void;
}

export class ClockSocket {
  readonly #socket: WebSocket;

  /** Begins to connect. @param url `ws:` or `wss:`, with `?id=` */
  constructor(url: URL, listener: ClockSocketListener) {
    this.#socket = new WebSocket(url);
    listener.stateChanged('connecting');
    this.#socket.onopen = () => listener.stateChanged('open');
    this.#socket.onmessage = ({ data }) => {
      const text = String(data);
      const message = parseServerMessage(text);
      if (message === undefined) listener.textArrived(text);
      else listener.messageArrived(message);
    };
    this.#socket.onclose = ({ code, reason }) => {
      listener.stateChanged('closed');
      listener.closed(code, reason);
    };
  }

  /** Call it only while the state is `open`. */
  send(text: string): void {
    this.#socket.send(text);
  }

  /** Leaves with a normal closure. */
  close(): void {
    this.#socket.close(1000, 'the viewer left');
  }
}

/** @returns whether this browser can connect at all */
export function isSupported(): boolean {
  return 'WebSocket' in globalThis;
}

/** The socket lies beside the page, on the page's own origin. */
export function socketUrl(pageUrl: string, viewerId: string): URL {
  const url = new URL('/websocket', pageUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('id', viewerId);
  return url;
}
