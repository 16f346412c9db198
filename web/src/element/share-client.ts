// One connection for all elements of a page with the same URL: each connection is billed by the minute and the message.

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
export function shareClient(url: string): Lease {
  const entry = shared.get(url) ?? begin(url);
  clearTimeout(entry.timer);
  entry.users++;
  return {
    client: entry.client,
    release() {
      entry.users--;
      if (entry.users > 0) return;
      entry.timer = setTimeout(() => {
        shared.delete(url);
        entry.client.close(1000, 'no clock is left in the page');
      }, GRACE_MILLIS);
    },
  };
}

function begin(url: string): Shared {
  const client = new ClockClient(url);
  client.connect();
  const entry = { client, users: 0 };
  shared.set(url, entry);
  return entry;
}
