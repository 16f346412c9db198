// The functions that the client needs from its platform. `platform.ts` implements them for browsers and Node. Tests
// implement them on simulated time.

export interface Ports {
  /** Returns milliseconds since an arbitrary moment. Never decreases and is never set. May stop while the machine
   *  sleeps. */
  monotonicMillis(): number;
  /** Returns the time of the system clock as Unix time in milliseconds. It may be wrong, and may be set at any time. */
  wallMillis(): number;
  /** Calls back once, never early. May be late where timers are throttled. @returns a function that cancels it */
  setTimer(callback: () => void, millis: number): () => void;
  /** Returns a random number from 0 up to 1. */
  random(): number;
  /** Starts to connect a WebSocket. */
  openSocket(url: string): Socket;
  /** Reports events of the page from now on. @returns an unsubscribe function */
  watchPage(report: (event: PageEvent) => void): () => void;
}

/** An event of the page. `left`: the page is unloaded or enters the back/forward cache, where it may not keep a
 *  connection. `returned`: it is back from that cache. */
export type PageEvent = 'online' | 'offline' | 'visible' | 'left' | 'returned';

/** The part of `WebSocket` that the client uses. Compatible with browsers, Node and the package `ws`. */
export interface Socket {
  binaryType: string;
  // biome-ignore lint/suspicious/noExplicitAny: each implementation has its own event type
  onopen: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  onmessage: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  onclose: ((event: any) => void) | null;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}
