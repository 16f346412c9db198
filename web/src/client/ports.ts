// What the client needs from the world. `platform.ts` has it of browsers and of Node; tests have it of simulated time.

export interface Ports {
  /** Milliseconds since any moment. Never goes back, is never set; may stand still while the machine sleeps. */
  monotonicMillis(): number;
  /** Milliseconds since the Unix epoch by the system's clock, which may be wrong and may be set at any time. */
  wallMillis(): number;
  /** Calls back once, never early; late where timers are throttled. @returns what cancels it */
  setTimer(callback: () => void, millis: number): () => void;
  /** From 0 up to 1. */
  random(): number;
  /** Begins to connect. */
  openSocket(url: string): Socket;
  /** Reports what happens to the page from now on. @returns what ends the reports */
  watchPage(report: (event: PageEvent) => void): () => void;
}

/** `left`: the page goes, perhaps into the back/forward cache, where it may keep no connection; `returned`: it is back
 *  from there. */
export type PageEvent = 'online' | 'offline' | 'visible' | 'left' | 'returned';

/** What the client uses of a `WebSocket`: every browser's, Node's and that of the package `ws` fit. */
export interface Socket {
  binaryType: string;
  // biome-ignore lint/suspicious/noExplicitAny: each implementation has an event type of its own
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
