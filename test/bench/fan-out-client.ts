// One process of the fan-out bench: sends ticks to the stub in one of the ways, one after the other, and tells its parent
// the cost of each and the peak of its memory. Arguments: sender, endpoint, connections, fan-outs.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { endWithParent, tellParent } from './child.ts';
import { loadSender, type SenderName } from './senders/senders.ts';

/** What it tells. */
export interface FanOutCosts {
  /** In the order of the fan-outs. */
  readonly cpuMicros: number[];
  readonly wallMillis: number[];
  /** Posts of all fan-outs that were refused, or not answered in time. */
  readonly undelivered: number;
  readonly peakMemoryBytes: number;
}

endWithParent();
const [sender = '', endpoint = '', connections, fanOuts] = process.argv.slice(2);
const connectionIds = Array.from({ length: Number(connections) }, makeConnectionId);
const send = (await loadSender[sender as SenderName]())(endpoint, connectionIds);

const cpuMicros: number[] = [];
const wallMillis: number[] = [];
let undelivered = 0;
for (let count = 0; count < Number(fanOuts); count++) {
  const cpuBefore = process.cpuUsage();
  const wallBefore = performance.now();
  undelivered += connectionIds.length - (await send());
  const { user, system } = process.cpuUsage(cpuBefore);
  cpuMicros.push(user + system);
  wallMillis.push(performance.now() - wallBefore);
}
tellParent({ cpuMicros, wallMillis, undelivered, peakMemoryBytes: peakMemoryBytes() } satisfies FanOutCosts);

/** Such as `L0SM9cOFvHcCIhw=`. */
function makeConnectionId(): string {
  return randomBytes(11).toString('base64url').slice(0, 15).concat('=');
}

/** Linux counts the parent's memory at the fork into `maxRSS`; its own high-water mark does not. */
function peakMemoryBytes(): number {
  const kibibytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kibibytes * 1024;
}
