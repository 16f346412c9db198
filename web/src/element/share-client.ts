// Shares one connection between all elements of a page with the same URLs, because each connection is billed by the
// minute and the message.

import { ClockClient } from '../client/index.ts';

/** Time for which a connection stays open without an element. An element that is moved leaves the page briefly. */
const GRACE_MILLIS = 1_000;

interface Shared {
  readonly client: ClockClient;
  users: number;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

const shared = new Map<string, Shared>();

export interface Lease {
  readonly client: ClockClient;
  /** Releases the connection. The last release closes it. Must be called once. */
  release(): void;
}

/** @throws Error if the platform has no WebSocket */
export function shareClient(urls: readonly string[]): Lease {
  const key = urls.join(' ');
  const entry = shared.get(key) ?? begin(key, urls);
  clearTimeout(entry.timer);
  entry.users++;
  return {
    client: entry.client,
    release() {
      entry.users--;
      if (entry.users > 0) return;
      entry.timer = setTimeout(() => {
        shared.delete(key);
        entry.client.close(1000, 'no clock in the page');
      }, GRACE_MILLIS);
    },
  };
}

function begin(key: string, urls: readonly string[]): Shared {
  const client = new ClockClient(urls);
  client.connect();
  const entry = { client, users: 0 };
  shared.set(key, entry);
  return entry;
}
