// Reports events of the page from window and document. Without them, as in Node or a worker, it reports nothing.

import type { PageEvent } from './ports.ts';

interface Target {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

interface BrowserGlobals {
  readonly window?: Target;
  readonly document?: Target & { readonly visibilityState: string };
}

export function watchBrowserPage(report: (event: PageEvent) => void): () => void {
  const { window, document } = globalThis as unknown as BrowserGlobals;
  if (window === undefined || document === undefined) return () => {};
  const watched: [Target, string, () => void][] = [
    [window, 'online', () => report('online')],
    [window, 'offline', () => report('offline')],
    [window, 'pagehide', () => report('left')],
    [window, 'pageshow', () => report('returned')],
    [document, 'visibilitychange', () => document.visibilityState === 'visible' && report('visible')],
  ];
  for (const [target, type, listener] of watched) target.addEventListener(type, listener);
  return () => {
    for (const [target, type, listener] of watched) target.removeEventListener(type, listener);
  };
}
