// One process of the fan-out benchmark: sends one tick after another to the stub with one sender, and reports the
// cost of each fan-out and the peak memory to its parent. Arguments: sender, endpoint, connections, fan-outs.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { exitWithParent, sendToParent } from './child.ts';
import { loadSender, type SenderName } from './senders/senders.ts';

/** The message to the parent. */
export interface FanOutCosts {
  /** One value for each fan-out, in order. */
  readonly cpuMicros: number[];
  readonly wallMillis: number[];
  /** Posts of all fan-outs that were refused or not answered in time. */
  readonly undelivered: number;
  readonly peakMemoryBytes: number;
}

exitWithParent();
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
sendToParent({ cpuMicros, wallMillis, undelivered, peakMemoryBytes: peakMemoryBytes() } satisfies FanOutCosts);

/** Example: `L0SM9cOFvHcCIhw=`. */
function makeConnectionId(): string {
  return randomBytes(11).toString('base64url').slice(0, 15).concat('=');
}

/** On Linux `maxRSS` includes the parent's memory at the fork. `VmHWM` is the high-water mark of this process alone. */
function peakMemoryBytes(): number {
  const kibibytes =
    process.platform === 'linux'
      ? Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
      : process.resourceUsage().maxRSS;
  return kibibytes * 1024;
}
