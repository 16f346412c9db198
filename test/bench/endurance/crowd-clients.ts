// The clients of the crowd, in a process of their own. Arguments: the socket's URL, their number, milliseconds within which
// they return.

import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { endWithParent, tellParent } from '../child.ts';

export interface CrowdReport {
  readonly returnedMillis: number;
  /** Handshakes that were refused and tried again. */
  readonly refused: number;
}

const CONCURRENCY = 50;
const RETRY_MILLIS = 2_000;
const PROBE = JSON.stringify({ action: 'sync', clientSentAt: 0 });

endWithParent();
const [url = '', number, within] = process.argv.slice(2);
const count = Number(number);
let refused = 0;

const queue = Array.from({ length: count }, (_, index) => index);
const sockets: WebSocket[] = [];
const arrive = async () => {
  while (queue.pop() !== undefined) sockets.push(await open());
};
await Promise.all(Array.from({ length: CONCURRENCY }, arrive));

for (const socket of sockets) socket.terminate();
refused = 0;
const startMillis = performance.now();
const back = Array.from({ length: count }, () => sleep(Math.random() * Number(within)).then(open));
await Promise.all(back);
tellParent({ returnedMillis: performance.now() - startMillis, refused } satisfies CrowdReport);

/** Connects, as often as it takes, and probes the clock as the client does. */
async function open(): Promise<WebSocket> {
  for (;;) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.on('open', () => resolve(true)).on('error', () => resolve(false));
    });
    if (isOpen) {
      socket.send(PROBE);
      return socket;
    }
    refused++;
    await sleep(Math.random() * RETRY_MILLIS);
  }
}
