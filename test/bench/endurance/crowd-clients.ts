// The viewers of the `--crowd` scene, in their own process. Arguments: URL of the socket, number of viewers, and the
// milliseconds within which they start to reconnect.

import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { exitWithParent, sendToParent } from '../child.ts';

export interface CrowdReport {
  /** Milliseconds until all viewers were connected again. */
  readonly returnedMillis: number;
  /** Handshakes that failed and were retried. */
  readonly refused: number;
}

const CONCURRENCY = 50;
const RETRY_MILLIS = 2_000;
const PROBE = JSON.stringify({ action: 'sync', clientSentAt: 0 });

exitWithParent();
const [url = '', viewers, spreadMillis] = process.argv.slice(2);
const count = Number(viewers);
let refused = 0;

const queue = Array.from({ length: count }, (_, index) => index);
const sockets: WebSocket[] = [];
const connectNext = async () => {
  while (queue.pop() !== undefined) sockets.push(await open());
};
await Promise.all(Array.from({ length: CONCURRENCY }, connectNext));

for (const socket of sockets) socket.terminate();
refused = 0;
const startMillis = performance.now();
const reconnects = Array.from({ length: count }, () => sleep(Math.random() * Number(spreadMillis)).then(open));
await Promise.all(reconnects);
sendToParent({ returnedMillis: performance.now() - startMillis, refused } satisfies CrowdReport);

/** Retries until it is connected, and then sends one clock probe as the client does. */
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
