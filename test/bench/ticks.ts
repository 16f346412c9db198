// Measures the age of ticks at real WebSocket clients: the time from a tick's boundary to its arrival. Compares `npm
// start` with the same clock on Tornado. Also counts lost ticks and measures the server's CPU. `npm run bench --
// --only ticks --viewers 100 --seconds 10`

import { setTimeout as sleep } from 'node:timers/promises';
import { boundaryMillis, sequenceAt } from '../../protocol/tick.ts';
import { Child } from './child.ts';
import { quantile, round } from './statistics.ts';
import { type System, startTickcast, startTornado } from './systems.ts';
import type { Row } from './table.ts';
import type { ViewersOpened, ViewersReport, Watch } from './viewers.ts';

export interface TicksOptions {
  readonly viewers: readonly number[];
  readonly seconds: number;
  /** Time before the measurement. V8 compiles the code during the first ten thousand posts, on the same cores. */
  readonly warmUpSeconds: number;
  /** Temporary folder for the servers' log files. */
  readonly folder: string;
  progress(text: string): void;
}

export interface TicksFigures {
  readonly system: SystemName;
  readonly viewers: number;
  readonly ticks: number;
  readonly missing: number;
  readonly duplicates: number;
  /** Viewers whose connection ended. */
  readonly disconnected: number;
  readonly ageP50Millis: number | null;
  readonly ageP99Millis: number | null;
  readonly ageMaxMillis: number | null;
  /** From the start of the first viewer's handshake to its first tick. */
  readonly firstTickMillis: number;
  /** CPU of the server with all its threads; null on systems other than Linux. */
  readonly cpuMillisPerTick: number | null;
  /** Event loop delay of the slowest viewer process. */
  readonly viewersLoopDelayP99Millis: number;
  readonly viewersLoopDelayMaxMillis: number;
  /** CPU of all viewer processes together. */
  readonly viewersCpuMillisPerTick: number;
  /** Runners that exited because another runner leads, since the server started. 0 for Tornado. */
  readonly handOvers: number;
}

export const NOT_INSTALLED = 'not installed';

export interface TicksResult {
  readonly figures: TicksFigures[];
  readonly tornado: 'measured' | typeof NOT_INSTALLED;
}

type SystemName = 'Tickcast' | 'Tornado';

const START: Readonly<Record<SystemName, (folder: string) => Promise<System | undefined>>> = {
  Tickcast: startTickcast,
  Tornado: startTornado,
};

const INTERVAL_MILLIS = 1_000;
const VIEWERS_PER_PROCESS = 10_000;

/** Ticks that arrive later than this after the last boundary of the window count as missing. */
const GRACE_MILLIS = 2_900;

export async function measureTicks(options: TicksOptions): Promise<TicksResult> {
  const { viewers, seconds, folder, progress } = options;
  const figures: TicksFigures[] = [];
  let tornado: TicksResult['tornado'] = 'measured';
  for (const count of viewers) {
    for (const name of ['Tickcast', 'Tornado'] as const) {
      progress(`ticks: ${count} viewers of ${name}, ${seconds} s`);
      const system = await START[name](folder);
      if (system === undefined) {
        tornado = NOT_INSTALLED;
        continue;
      }
      try {
        figures.push({ system: name, ...(await measure(system, count, options)) });
      } finally {
        await system.stop();
      }
    }
  }
  return { figures, tornado };
}

async function measure(
  system: System,
  viewers: number,
  { seconds, warmUpSeconds }: TicksOptions,
): Promise<Omit<TicksFigures, 'system'>> {
  const children = openViewers(system, viewers);
  try {
    const opened = await Promise.all(children.map((child) => child.message<ViewersOpened>()));
    await sleep(warmUpSeconds * 1_000);
    const firstSequence = sequenceAt(Date.now(), INTERVAL_MILLIS) + 2;
    const endMillis = boundaryMillis(firstSequence + seconds, INTERVAL_MILLIS);
    const watch: Watch = { firstSequence, count: seconds, untilMillis: endMillis - INTERVAL_MILLIS + GRACE_MILLIS };
    for (const child of children) child.send(watch);

    await sleep(boundaryMillis(firstSequence, INTERVAL_MILLIS) - 100 - Date.now());
    const cpuBefore = system.cpuSeconds();
    await sleep(endMillis - 100 - Date.now());
    const cpuAfter = system.cpuSeconds();
    const reports = await Promise.all(children.map((child) => child.message<ViewersReport>()));
    return {
      viewers,
      firstTickMillis: opened[0]?.firstTickMillis ?? Number.NaN,
      cpuMillisPerTick:
        cpuBefore === null || cpuAfter === null ? null : round(((cpuAfter - cpuBefore) * 1_000) / seconds, 1),
      handOvers: system.logs().match(/"exit":"another leads"/g)?.length ?? 0,
      ...summarize(reports, seconds + GRACE_MILLIS / 1_000),
    };
  } finally {
    await Promise.all(children.map((child) => child.stop()));
  }
}

function openViewers({ host, port }: System, viewers: number): Child[] {
  const processes = Math.ceil(viewers / VIEWERS_PER_PROCESS);
  return Array.from({ length: processes }, (_, index) => {
    const share = Math.floor(((index + 1) * viewers) / processes) - Math.floor((index * viewers) / processes);
    return new Child(new URL('./viewers.ts', import.meta.url), { args: [host, String(port), String(share)] });
  });
}

function summarize(reports: readonly ViewersReport[], watchedSeconds: number) {
  const sum = (of: (report: ViewersReport) => number) => reports.reduce((total, report) => total + of(report), 0);
  const ages = new Float64Array(sum(({ agesMillis }) => agesMillis.length));
  let filled = 0;
  for (const { agesMillis } of reports) {
    ages.set(agesMillis, filled);
    filled += agesMillis.length;
  }
  ages.sort();
  return {
    ticks: ages.length,
    missing: sum(({ missing }) => missing),
    duplicates: sum(({ duplicates }) => duplicates),
    disconnected: sum(({ disconnected }) => disconnected),
    ageP50Millis: quantile(ages, 0.5) ?? null,
    ageP99Millis: quantile(ages, 0.99) ?? null,
    ageMaxMillis: ages.at(-1) ?? null,
    viewersLoopDelayP99Millis: round(Math.max(...reports.map(({ loopDelayP99Millis }) => loopDelayP99Millis)), 1),
    viewersLoopDelayMaxMillis: round(Math.max(...reports.map(({ loopDelayMaxMillis }) => loopDelayMaxMillis)), 1),
    viewersCpuMillisPerTick: round(sum(({ cpuMillis }) => cpuMillis) / watchedSeconds, 1),
  };
}

export function ticksRows(figures: readonly TicksFigures[]): Row[] {
  return figures.map((figure) => ({
    viewers: figure.viewers,
    system: figure.system,
    ticks: figure.ticks,
    missing: figure.missing,
    duplicates: figure.duplicates,
    disconnected: figure.disconnected,
    'hand-overs': figure.handOvers,
    'age p50 ms': figure.ageP50Millis,
    'p99 ms': figure.ageP99Millis,
    'max ms': figure.ageMaxMillis,
    'first tick ms': figure.firstTickMillis,
    'CPU ms/tick': figure.cpuMillisPerTick,
    'viewers’ CPU ms/tick': figure.viewersCpuMillisPerTick,
    'loop delay p99 ms': figure.viewersLoopDelayP99Millis,
    'loop max ms': figure.viewersLoopDelayMaxMillis,
  }));
}
