// The ports of the client on browsers and Node, which have the same names. The types are declared here, so that the
// client compiles without the types of the DOM and of Node.

import { watchBrowserPage } from './browser-page.ts';
import type { Ports, Socket } from './ports.ts';

interface Platform {
  readonly performance: { now(): number };
  readonly WebSocket?: new (url: string) => Socket;
  readonly TextDecoder: new () => { decode(bytes: ArrayBuffer | ArrayBufferView): string };
  readonly TextEncoder: new () => { encode(text: string): { readonly length: number } };
  setTimeout(callback: () => void, millis: number): unknown;
  clearTimeout(timer: unknown): void;
}

export function platformPorts(): Ports {
  const platform = globalThis as unknown as Platform;
  return {
    monotonicMillis: () => platform.performance.now(),
    wallMillis: () => Date.now(),
    setTimer(callback, millis) {
      const timer = platform.setTimeout(callback, millis);
      return () => platform.clearTimeout(timer);
    },
    random: () => Math.random(),
    openSocket(url) {
      if (platform.WebSocket !== undefined) return new platform.WebSocket(url);
      throw new Error('there is no WebSocket: set ports.openSocket');
    },
    watchPage: watchBrowserPage,
  };
}

export function decodeUtf8(bytes: ArrayBuffer | ArrayBufferView): string {
  const { TextDecoder } = globalThis as unknown as Platform;
  return new TextDecoder().decode(bytes);
}

/** @returns length in bytes */
export function utf8Length(text: string): number {
  const { TextEncoder } = globalThis as unknown as Platform;
  return new TextEncoder().encode(text).length;
}
