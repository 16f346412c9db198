// Gateway, table and queue fail for 1 to 20 s at random moments, and runners are killed, while viewers watch. Prints for each kind
// of trouble how many ticks were lost, and the longest gap after its end.

import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULE_PERIOD_MILLIS } from '../../../local/deployment.ts';
import { makeWorstJitter } from '../../../local/scheduler.ts';
import { type LocalPlatform, startLocal } from '../../../local/start-local.ts';
import { FaultyProxy, type ProxyMode } from '../../support/faulty-proxy.ts';
import { type ArrivedTick, TestViewer } from '../../support/test-viewer.ts';
import { formatTable } from '../table.ts';

const INTERVAL_MILLIS = 1_000;

/** A gap of more ticks after the end of a trouble is too long. */
const MAX_GAP_TICKS = 2;

/** The same after the leader was killed: the guards that it has sent arrive within eight seconds. */
const MAX_GAP_AFTER_KILL_TICKS = 8;

/** A tick that arrives this long after its second counts as lost: a network may hold it back and deliver it later. */
const WORTHLESS_MILLIS = 2_000;

/** Between two troubles: long enough for its consequences to show. */
const REST_MILLIS = [9_000, 13_000] as const;
const TROUBLE_MILLIS = [1_000, 20_000] as const;

/** Before the first trouble a leader has sent its guards, and after the last one the ticks have settled. */
const SETTLING_MILLIS = 6_000;

type Service = 'connections' | 'table' | 'queue';

const NETWORK: readonly (readonly [name: string, Service, ProxyMode])[] = [
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
/** Before the first trouble. */
const NONE = 'none yet';

interface Trouble {
  readonly name: string;
  /** Epoch. */
  readonly fromMillis: number;
  readonly toMillis: number;
}

/** @returns whether no tick came twice, none was lost without trouble, and no gap after a trouble was too long */
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
    const seats = await Promise.all(Array.from({ length: viewers }, () => TestViewer.connect(platform.socketUrl)));
    await sleep(SETTLING_MILLIS);
    const startedMillis = Date.now();
    const troubles = await makeTroubles(platform, proxies, startedMillis + minutes * 60_000);
    await sleep(SETTLING_MILLIS);
    return report(troubles, seats, startedMillis);
  } finally {
    await platform.dispose();
    for (const proxy of Object.values(proxies)) proxy.dispose();
  }
}

async function makeTroubles(
  platform: LocalPlatform,
  proxies: Readonly<Record<Service, FaultyProxy>>,
  endMillis: number,
): Promise<Trouble[]> {
  const troubles: Trouble[] = [];
  for (let turn = 0; Date.now() < endMillis; turn++) {
    // Each kind in turn, so that none is left out.
    const kind = NETWORK[turn % (NETWORK.length + 1)];
    const fromMillis = Date.now();
    if (kind === undefined) await platform.crash('broadcast');
    else {
      const [, service, mode] = kind;
      await proxies[service].setMode(mode);
      await sleep(between(TROUBLE_MILLIS));
      await proxies[service].setMode('passing');
    }
    const trouble = { name: kind?.[0] ?? KILLED, fromMillis, toMillis: Date.now() };
    troubles.push(trouble);
    process.stderr.write(`${trouble.name}: ${((trouble.toMillis - fromMillis) / 1_000).toFixed(1)} s\n`);
    await sleep(between(REST_MILLIS));
  }
  return troubles;
}

interface Tally {
  times: number;
  seconds: number;
  lost: number;
  lostAfter: number;
  longestGap: number;
}

function report(troubles: readonly Trouble[], seats: readonly TestViewer[], startedMillis: number): boolean {
  const tallies = tallyOf(troubles, seats, startedMillis);
  const rows = [...tallies].map(([trouble, { times, seconds, lost, lostAfter, longestGap }]) => ({
    trouble,
    times,
    seconds,
    'ticks lost': lost,
    'of them after its end': lostAfter,
    'longest gap after its end, ticks': longestGap,
  }));
  process.stdout.write(formatTable(rows));
  const twice = seats.reduce((sum, { ticks }) => sum + ticks.length - sequencesOf(ticks).size, 0);
  process.stdout.write(`\n${formatTable([{ viewers: seats.length, twice }])}`);
  const isSound = ([name, { longestGap }]: [string, Tally]) =>
    longestGap <= (name === KILLED ? MAX_GAP_AFTER_KILL_TICKS : MAX_GAP_TICKS);
  return twice === 0 && tallies.get(NONE)?.lost === 0 && [...tallies].every(isSound);
}

/** Each tick counts for the trouble that began last before it. It is lost when some viewer did not get it in time. */
function tallyOf(troubles: readonly Trouble[], seats: readonly TestViewer[], startedMillis: number) {
  const isInTime = ({ sequence, arrivedAtMillis }: ArrivedTick) =>
    arrivedAtMillis - sequence * INTERVAL_MILLIS < WORTHLESS_MILLIS;
  const arrived = seats.map(({ ticks }) => sequencesOf(ticks.filter(isInTime)));
  const names = [...NETWORK.map(([name]) => name), KILLED, NONE];
  const tallies = new Map(
    names.map((name): [string, Tally] => [name, { times: 0, seconds: 0, lost: 0, lostAfter: 0, longestGap: 0 }]),
  );
  const tallyFor = (name: string) => tallies.get(name) as Tally;
  for (const { name, fromMillis, toMillis } of troubles) {
    tallyFor(name).times++;
    tallyFor(name).seconds += (toMillis - fromMillis) / 1_000;
  }

  let gap = 0;
  const lastSequence = Math.floor(Date.now() / INTERVAL_MILLIS) - 1;
  for (let sequence = Math.ceil(startedMillis / INTERVAL_MILLIS); sequence <= lastSequence; sequence++) {
    const boundary = sequence * INTERVAL_MILLIS;
    const trouble = troubles.findLast(({ fromMillis }) => fromMillis <= boundary);
    const isLost = arrived.some((sequences) => !sequences.has(sequence));
    const isAfter = trouble === undefined || boundary >= trouble.toMillis;
    gap = isLost && isAfter ? gap + 1 : 0;
    if (!isLost) continue;
    const tally = tallyFor(trouble?.name ?? NONE);
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
