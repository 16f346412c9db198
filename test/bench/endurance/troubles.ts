// Gateway, table and queue fail for 1 to 20 s at random moments, and runners are killed, while viewers are connected.
// Prints for each kind of fault how many ticks were lost, and the longest gap after the fault ended.

import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULE_PERIOD_MILLIS } from '../../../local/deployment.ts';
import { makeWorstJitter } from '../../../local/scheduler.ts';
import { type LocalPlatform, startLocal } from '../../../local/start-local.ts';
import { FaultyProxy, type ProxyMode } from '../../support/faulty-proxy.ts';
import { type ArrivedTick, TestViewer } from '../../support/test-viewer.ts';
import { formatTable } from '../table.ts';

const INTERVAL_MILLIS = 1_000;

/** The longest gap that is allowed after a fault has ended. */
const MAX_GAP_TICKS = 2;

/** The longest gap that is allowed after the leader was killed: its guards arrive within eight seconds. */
const MAX_GAP_AFTER_KILL_TICKS = 8;

/** A tick that arrives this long after its boundary counts as lost: a network may hold it back and deliver it later. */
const TOO_LATE_MILLIS = 2_000;

/** Minimum and maximum pause between two faults. The effects of the first fault show within the pause. */
const PAUSE_MILLIS = [9_000, 13_000] as const;
/** Minimum and maximum duration of a fault. */
const FAULT_MILLIS = [1_000, 20_000] as const;

/** Wait before the first fault, until the leader has sent its guards, and after the last one, until ticks recover. */
const SETTLING_MILLIS = 6_000;

type Service = 'connections' | 'table' | 'queue';

const SERVICE_FAULTS: readonly (readonly [name: string, Service, ProxyMode])[] = [
  ['gateway refuses', 'connections', 'refusing'],
  ['gateway hangs', 'connections', 'hanging'],
  ['gateway resets', 'connections', 'resetting'],
  ['table refuses', 'table', 'refusing'],
  ['table hangs', 'table', 'hanging'],
  ['table throttles', 'table', 'throttling'],
  ['queue refuses', 'queue', 'refusing'],
  ['queue hangs', 'queue', 'hanging'],
  ['queue resets', 'queue', 'resetting'],
];
const KILLED = 'runner killed';
/** Row for the ticks before the first fault. */
const NONE = 'none yet';

interface Fault {
  readonly name: string;
  /** Unix time in milliseconds. */
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** @returns whether no tick was duplicated or lost before the first fault, and no gap after a fault was too long */
export async function runTroubles({ minutes, viewers }: { minutes: number; viewers: number }): Promise<boolean> {
  const proxies = {
    connections: await FaultyProxy.start(),
    table: await FaultyProxy.start(),
    queue: await FaultyProxy.start(),
  };
  const platform = await startLocal({
    makeScheduleJitter: () => makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random),
    via(service, endpoint) {
      proxies[service].target = endpoint;
      return proxies[service].endpoint + new URL(endpoint).pathname.replace(/\/$/, '');
    },
  });
  try {
    const connected = await Promise.all(Array.from({ length: viewers }, () => TestViewer.connect(platform.socketUrl)));
    await sleep(SETTLING_MILLIS);
    const startedMillis = Date.now();
    const faults = await injectFaults(platform, proxies, startedMillis + minutes * 60_000);
    await sleep(SETTLING_MILLIS);
    return report(faults, connected, startedMillis);
  } finally {
    await platform.dispose();
    for (const proxy of Object.values(proxies)) proxy.dispose();
  }
}

async function injectFaults(
  platform: LocalPlatform,
  proxies: Readonly<Record<Service, FaultyProxy>>,
  endMillis: number,
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (let turn = 0; Date.now() < endMillis; turn++) {
    // Round robin, so that every kind of fault occurs. The index after the service faults kills a runner.
    const kind = SERVICE_FAULTS[turn % (SERVICE_FAULTS.length + 1)];
    const fromMillis = Date.now();
    if (kind === undefined) await platform.crash('broadcast');
    else {
      const [, service, mode] = kind;
      await proxies[service].setMode(mode);
      await sleep(between(FAULT_MILLIS));
      await proxies[service].setMode('passing');
    }
    const fault = { name: kind?.[0] ?? KILLED, fromMillis, toMillis: Date.now() };
    faults.push(fault);
    process.stderr.write(`${fault.name}: ${((fault.toMillis - fromMillis) / 1_000).toFixed(1)} s\n`);
    await sleep(between(PAUSE_MILLIS));
  }
  return faults;
}

interface Tally {
  times: number;
  seconds: number;
  lost: number;
  /** Ticks lost after the fault ended. */
  lostAfter: number;
  /** The most consecutive ticks lost after the fault ended. */
  longestGap: number;
}

function report(faults: readonly Fault[], viewers: readonly TestViewer[], startedMillis: number): boolean {
  const tallies = tallyOf(faults, viewers, startedMillis);
  const rows = [...tallies].map(([fault, { times, seconds, lost, lostAfter, longestGap }]) => ({
    fault,
    times,
    seconds,
    'ticks lost': lost,
    'of these after its end': lostAfter,
    'longest gap after its end, ticks': longestGap,
  }));
  process.stdout.write(formatTable(rows));
  const duplicates = viewers.reduce((sum, { ticks }) => sum + ticks.length - sequencesOf(ticks).size, 0);
  process.stdout.write(`\n${formatTable([{ viewers: viewers.length, duplicates }])}`);
  const isSound = ([name, { longestGap }]: [string, Tally]) =>
    longestGap <= (name === KILLED ? MAX_GAP_AFTER_KILL_TICKS : MAX_GAP_TICKS);
  return duplicates === 0 && tallies.get(NONE)?.lost === 0 && [...tallies].every(isSound);
}

/** Counts each tick for the last fault that began before it. A tick is lost if any viewer did not get it in time. */
function tallyOf(faults: readonly Fault[], viewers: readonly TestViewer[], startedMillis: number) {
  const isInTime = ({ sequence, arrivedAtMillis }: ArrivedTick) =>
    arrivedAtMillis - sequence * INTERVAL_MILLIS < TOO_LATE_MILLIS;
  const arrived = viewers.map(({ ticks }) => sequencesOf(ticks.filter(isInTime)));
  const names = [...SERVICE_FAULTS.map(([name]) => name), KILLED, NONE];
  const tallies = new Map(
    names.map((name): [string, Tally] => [name, { times: 0, seconds: 0, lost: 0, lostAfter: 0, longestGap: 0 }]),
  );
  const tallyFor = (name: string) => tallies.get(name) as Tally;
  for (const { name, fromMillis, toMillis } of faults) {
    tallyFor(name).times++;
    tallyFor(name).seconds += (toMillis - fromMillis) / 1_000;
  }

  let gap = 0;
  const lastSequence = Math.floor(Date.now() / INTERVAL_MILLIS) - 1;
  for (let sequence = Math.ceil(startedMillis / INTERVAL_MILLIS); sequence <= lastSequence; sequence++) {
    const boundary = sequence * INTERVAL_MILLIS;
    const fault = faults.findLast(({ fromMillis }) => fromMillis <= boundary);
    const isLost = arrived.some((sequences) => !sequences.has(sequence));
    const isAfter = fault === undefined || boundary >= fault.toMillis;
    gap = isLost && isAfter ? gap + 1 : 0;
    if (!isLost) continue;
    const tally = tallyFor(fault?.name ?? NONE);
    tally.lost++;
    if (isAfter) tally.lostAfter++;
    tally.longestGap = Math.max(tally.longestGap, gap);
  }
  return tallies;
}

function sequencesOf(ticks: readonly ArrivedTick[]): Set<number> {
  return new Set(ticks.map(({ sequence }) => sequence));
}

function between([least, most]: readonly [number, number]): number {
  return least + Math.random() * (most - least);
}
