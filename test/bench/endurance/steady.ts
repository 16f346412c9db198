// Viewers stay connected, and there is no other load. Prints memory by thread and outside the heaps every minute, and
// checks that every tick arrives.

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics, type HeapInfo } from 'node:v8';
import type { Worker } from 'node:worker_threads';
import { makeSite } from '../../../local/site.ts';
import { startLocal } from '../../../local/start-local.ts';
import { sequenceAt } from '../../../protocol/tick.ts';
import { Child } from '../child.ts';
import { quantile } from '../statistics.ts';
import { formatTable } from '../table.ts';
import type { ViewersOpened, ViewersReport, Watch } from '../viewers.ts';

const INTERVAL_MILLIS = 1_000;
const MINUTE_MILLIS = 60_000;
const MEBIBYTE = 2 ** 20;

/** The memory at the end is compared with the memory after this minute. */
const BASE_MINUTE = 5;
const MAX_GROWTH = 1.1;

/** Timeout of a heap request. A frozen thread does not answer, and its last answer is used instead. */
const ANSWER_TIMEOUT_MILLIS = 1_000;
const lastHeaps = new WeakMap<Worker, HeapInfo>();

/** Ticks that arrive within this time after the last watched boundary still count. */
const GRACE_MILLIS = 2_900;

/** @returns whether no tick and no connection was lost, no tick was duplicated, and memory did not grow */
export async function runSteady({ minutes, viewers }: { minutes: number; viewers: number }): Promise<boolean> {
  const threads = new Set<Worker>();
  process.on('worker', (thread) => {
    threads.add(thread);
    thread.once('exit', () => threads.delete(thread));
  });
  const platform = await startLocal({ site: await makeSite(), maxViewers: viewers });
  const args = ['127.0.0.1', new URL(platform.siteUrl).port, String(viewers)];
  const child = new Child(new URL('../viewers.ts', import.meta.url), { args });
  try {
    await child.message<ViewersOpened>();
    const firstSequence = sequenceAt(Date.now(), INTERVAL_MILLIS) + 2;
    const endMillis = (firstSequence + minutes * 60) * INTERVAL_MILLIS;
    child.send({ firstSequence, count: minutes * 60, untilMillis: endMillis + GRACE_MILLIS } satisfies Watch);
    const residents: number[] = [];
    for (let minute = 1; minute <= minutes; minute++) {
      await sleep(firstSequence * INTERVAL_MILLIS + minute * MINUTE_MILLIS - 500 - Date.now());
      const { line, residentMebibytes } = await measure(minute, threads);
      residents.push(residentMebibytes);
      process.stdout.write(`${line}\n`);
    }
    const report = await child.message<ViewersReport>();
    return judge(report, residents);
  } finally {
    await child.stop();
    await platform.dispose();
  }
}

function judge(report: ViewersReport, residents: readonly number[]): boolean {
  const { agesMillis, missing, duplicates, disconnected } = report;
  const sorted = agesMillis.toSorted();
  const growth = (residents.at(-1) ?? Number.NaN) / (residents[BASE_MINUTE - 1] ?? Number.NaN);
  const figures = { ticks: sorted.length, missing, duplicates, disconnected, 'p99 ms': quantile(sorted, 0.99) ?? null };
  process.stdout.write(formatTable([{ ...figures, [`memory to that of minute ${BASE_MINUTE}`]: growth.toFixed(3) }]));
  // A run that ends before the base minute has no growth: the ratio is NaN.
  return missing + duplicates + disconnected === 0 && !(growth > MAX_GROWTH);
}

async function measure(minute: number, threads: ReadonlySet<Worker>) {
  const heaps = await Promise.all([...threads].map(async (thread) => [nameOf(thread), await heapOf(thread)] as const));
  const all = [['main', getHeapStatistics()] as const, ...heaps].sort(([a], [b]) => a.localeCompare(b));
  const committed = all.reduce((sum, [, heap]) => sum + (heap?.total_physical_size ?? 0), 0);
  const resident = process.memoryUsage.rss();
  const outside = mebibytes(anonymousBytes(resident) - committed);
  const threadTexts = all.map(describe).join(', ');
  const line = `minute ${minute}: ${mebibytes(resident)} MiB resident, ${outside} outside the heaps; ${threadTexts}`;
  return { line, residentMebibytes: resident / MEBIBYTE };
}

/** Example: `table 21/54+13`. Mebibytes of used heap, of committed heap, and of buffers outside the heap. */
function describe([name, heap]: readonly [string, HeapInfo | undefined]): string {
  if (heap === undefined) return `${name} frozen`;
  const { used_heap_size: used, total_physical_size: committed, external_memory: external } = heap;
  return `${name} ${mebibytes(used)}/${mebibytes(committed)}+${mebibytes(external)}`;
}

async function heapOf(thread: Worker): Promise<HeapInfo | undefined> {
  const timeout = sleep(ANSWER_TIMEOUT_MILLIS, undefined, { ref: false });
  const heap = await Promise.race([thread.getHeapStatistics().catch(() => undefined), timeout]);
  if (heap !== undefined) lastHeaps.set(thread, heap);
  return lastHeaps.get(thread);
}

function nameOf(thread: Worker): string {
  return thread.threadName ?? `thread ${thread.threadId}`;
}

/** Resident memory without mapped files. Only Linux reports it: elsewhere all resident memory counts. */
function anonymousBytes(residentBytes: number): number {
  if (process.platform !== 'linux') return residentBytes;
  const [, kibibytes] = /^RssAnon:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE);
}
