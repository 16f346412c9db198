// How old a tick is when it arrives, from the second that it tells, at real WebSocket clients of `npm start` and of the
// same clock on Tornado; what was lost, and what the server took. `npm run bench -- --only ticks --viewers 100 --seconds 10`

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
  /** Before that: while the first ten thousand posts go out, V8 still compiles what they run through, on the same cores. */
  readonly warmUpSeconds: number;
  /** For the logs of the servers. */
  readonly folder: string;
  progress(text: string): void;
}

export interface TicksFigures {
  readonly system: SystemName;
  readonly viewers: number;
  readonly ticks: number;
  readonly missing: number;
  readonly twice: number;
  /** Viewers whose connection ended. */
  readonly lost: number;
  readonly ageP50Millis: number | null;
  readonly ageP99Millis: number | null;
  readonly ageMaxMillis: number | null;
  /** From the beginning of the first viewer's handshake. */
  readonly firstTickMillis: number;
  /** Of the server with all its threads; null where the operating system does not tell. */
  readonly cpuMillisPerTick: number | null;
  /** Of the viewers' processes: the worst event loop, and CPU all together. */
  readonly viewersLoopDelayP99Millis: number;
  readonly viewersLoopDelayMaxMillis: number;
  readonly viewersCpuMillisPerTick: number;
  /** Runners that came and left meanwhile; of ours. */
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

/** How long after the last second of the window ticks may still come. Later ones are missing. */
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
    twice: sum(({ twice }) => twice),
    lost: sum(({ lost }) => lost),
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
    twice: figure.twice,
    lost: figure.lost,
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
