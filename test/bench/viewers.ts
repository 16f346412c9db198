// One process of the ticks benchmark. It opens viewers and reports that they are open. Then it receives the range of
// ticks to watch, and records when each tick arrives at each viewer. It also reports its own CPU and event loop
// delay, which show whether this process limited the result. Arguments: host, port, number of viewers.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { boundaryMillis } from '../../protocol/tick.ts';
import { exitWithParent, sendToParent } from './child.ts';
import { openViewer } from './viewer.ts';

/** The first message to the parent. */
export interface ViewersOpened {
  /** From the start of the first viewer's handshake to its first tick. */
  readonly firstTickMillis: number;
}

/** The message from the parent: the ticks to watch. */
export interface Watch {
  readonly firstSequence: number;
  readonly count: number;
  /** When to send the report. Unix time in milliseconds. */
  readonly untilMillis: number;
}

/** The second message to the parent. */
export interface ViewersReport {
  /** From the boundary to the arrival, for each tick that reached a viewer. */
  readonly agesMillis: Float64Array;
  readonly missing: number;
  readonly duplicates: number;
  /** Viewers whose connection ended. */
  readonly disconnected: number;
  readonly loopDelayP99Millis: number;
  readonly loopDelayMaxMillis: number;
  readonly cpuMillis: number;
}

const INTERVAL_MILLIS = 1_000;

/** The most handshakes at the same time. */
const CONCURRENCY = 50;

const TICK_HEAD = Buffer.from('{"type":"tick","sequence":');
const DIGIT_ZERO = 0x30;

exitWithParent();
const [host = '', port, viewers] = process.argv.slice(2);
const viewerCount = Number(viewers);
const lastSequences = new Float64Array(viewerCount);
const firstTick = Promise.withResolvers<number>();
let watch: Watch = { firstSequence: 0, count: 0, untilMillis: 0 };
/** Arrival times by viewer and tick. Unix time in milliseconds; 0 if the tick did not arrive. */
let arrivals = new Float64Array(0);
let duplicates = 0;
let disconnected = 0;

const watchReceived = new Promise<Watch>((resolve) => process.once('message', (message) => resolve(message as Watch)));
const openedMillis = Date.now();
await openAll();
sendToParent({ firstTickMillis: (await firstTick.promise) - openedMillis } satisfies ViewersOpened);

watch = await watchReceived;
arrivals = new Float64Array(viewerCount * watch.count);
duplicates = 0;
const loopDelay = monitorEventLoopDelay({ resolution: 10 });
loopDelay.enable();
const cpuBefore = process.cpuUsage();
await new Promise((resolve) => setTimeout(resolve, watch.untilMillis - Date.now()));
const cpu = process.cpuUsage(cpuBefore);
loopDelay.disable();
const agesMillis = arrivals
  .map((arrival, index) =>
    arrival === 0 ? -1 : arrival - boundaryMillis(watch.firstSequence + (index % watch.count), INTERVAL_MILLIS),
  )
  .filter((age) => age >= 0);
sendToParent({
  agesMillis,
  missing: arrivals.length - agesMillis.length,
  duplicates,
  disconnected,
  loopDelayP99Millis: loopDelay.percentile(99) / 1e6,
  loopDelayMaxMillis: loopDelay.max / 1e6,
  cpuMillis: (cpu.user + cpu.system) / 1_000,
} satisfies ViewersReport);

async function openAll(): Promise<void> {
  let next = 0;
  const open = async () => {
    while (next < viewerCount) {
      const viewer = next++;
      await openViewer({
        host,
        port: Number(port),
        onText: (bytes, start) => recordTick(viewer, bytes, start),
        onClose: () => disconnected++,
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, open));
}

function recordTick(viewer: number, bytes: Buffer, start: number): void {
  const now = Date.now();
  const digits = start + TICK_HEAD.length;
  if (TICK_HEAD.compare(bytes, start, digits) !== 0) return;
  if (viewer === 0) firstTick.resolve(now);
  let sequence = 0;
  for (let at = digits, digit = digitAt(bytes, at); digit <= 9; digit = digitAt(bytes, ++at)) {
    sequence = sequence * 10 + digit;
  }
  const index = sequence - watch.firstSequence;
  const isWatched = index >= 0 && index < watch.count;
  const cell = viewer * watch.count + index;
  if (isWatched ? arrivals[cell] !== 0 : sequence === lastSequences[viewer]) duplicates++;
  else if (isWatched) arrivals[cell] = now;
  lastSequences[viewer] = sequence;
}

/** @returns a number above 9 if the byte is not a digit */
function digitAt(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - DIGIT_ZERO) >>> 0;
}
