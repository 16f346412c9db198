// One connection for all elements of a page with the same URLs: each connection is billed by the minute and the
// message.

import { ClockClient } from '../client/index.ts';

/** How long a connection is kept without an element: an element that is moved leaves the page for a moment. */
const GRACE_MILLIS = 1_000;

interface Shared {
  readonly client: ClockClient;
  users: number;
  timer?: ReturnType<typeof setTimeout> | undefined;
}

const shared = new Map<string, Shared>();

export interface Lease {
  readonly client: ClockClient;
  /** The last one to leave ends the connection. Call it once. */
  release(): void;
}

/** @throws Error when the platform has no WebSocket */
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
        entry.client.close(1000, 'no clock is left in the page');
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
