// One process of the ticks bench: opens viewers, says so, and notes when each tick of the window that it is then told
// arrives at each of them. Tells also what it took itself, so that one sees whether it was the limit.
// Arguments: host, port, viewers.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { boundaryMillis } from '../../protocol/tick.ts';
import { endWithParent, tellParent } from './child.ts';
import { openViewer } from './viewer.ts';

/** The first thing it tells. */
export interface ViewersOpened {
  /** From the beginning of the first viewer's handshake to its first tick. */
  readonly firstTickMillis: number;
}

/** What it is told then: the ticks to watch for. */
export interface Watch {
  readonly firstSequence: number;
  readonly count: number;
  /** When to tell what was seen. Epoch. */
  readonly untilMillis: number;
}

/** The second thing it tells. */
export interface ViewersReport {
  /** Of each tick that came to each viewer, from its boundary to its arrival. */
  readonly agesMillis: Float64Array;
  readonly missing: number;
  readonly twice: number;
  /** Viewers whose connection ended. */
  readonly lost: number;
  readonly loopDelayP99Millis: number;
  readonly loopDelayMaxMillis: number;
  readonly cpuMillis: number;
}

const INTERVAL_MILLIS = 1_000;

/** Handshakes at a time. */
const CONCURRENCY = 50;

const TICK_HEAD = Buffer.from('{"type":"tick","sequence":');
const DIGIT_ZERO = 0x30;

endWithParent();
const [host = '', port, viewers] = process.argv.slice(2);
const viewerCount = Number(viewers);
const lastSequences = new Float64Array(viewerCount);
const firstTick = Promise.withResolvers<number>();
let watch: Watch = { firstSequence: 0, count: 0, untilMillis: 0 };
/** By viewer and tick, epoch; 0 for none. */
let arrivals = new Float64Array(0);
let twice = 0;
let lost = 0;

const told = new Promise<Watch>((resolve) => process.once('message', (message) => resolve(message as Watch)));
const openedMillis = Date.now();
await openAll();
tellParent({ firstTickMillis: (await firstTick.promise) - openedMillis } satisfies ViewersOpened);

watch = await told;
arrivals = new Float64Array(viewerCount * watch.count);
twice = 0;
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
tellParent({
  agesMillis,
  missing: arrivals.length - agesMillis.length,
  twice,
  lost,
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
        text: (bytes, start) => arrived(viewer, bytes, start),
        ended: () => lost++,
      });
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, open));
}

function arrived(viewer: number, bytes: Buffer, start: number): void {
  const now = Date.now();
  const digits = start + TICK_HEAD.length;
  if (TICK_HEAD.compare(bytes, start, digits) !== 0) return;
  if (viewer === 0) firstTick.resolve(now);
  let sequence = 0;
  for (let at = digits, digit = numeral(bytes, at); digit <= 9; digit = numeral(bytes, ++at)) {
    sequence = sequence * 10 + digit;
  }
  const index = sequence - watch.firstSequence;
  const isWatched = index >= 0 && index < watch.count;
  const cell = viewer * watch.count + index;
  if (isWatched ? arrivals[cell] !== 0 : sequence === lastSequences[viewer]) twice++;
  else if (isWatched) arrivals[cell] = now;
  lastSequences[viewer] = sequence;
}

/** @returns above 9 for what is none */
function numeral(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) - DIGIT_ZERO) >>> 0;
}
