// The schedule has EventBridge's worst jitter. Half of the viewers stay connected, and the others come and go.
// Counts the ticks that each viewer missed or received more than once.

import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULE_PERIOD_MILLIS } from '../../../local/deployment.ts';
import { makeWorstJitter } from '../../../local/scheduler.ts';
import { startLocal } from '../../../local/start-local.ts';
import { sequenceAt } from '../../../protocol/tick.ts';
import { TestViewer } from '../../support/test-viewer.ts';
import { formatTable } from '../table.ts';

const INTERVAL_MILLIS = 1_000;

/** A new viewer receives the next tick or at the latest the one after it. */
const FIRST_TICK_AFTER = 2;

/** A tick arrives within this time after its boundary. */
const ARRIVAL_MILLIS = 950;

/** @returns whether no viewer missed a tick or received one more than once */
export async function runVisits({ minutes, viewers }: { minutes: number; viewers: number }): Promise<boolean> {
  const endMillis = Date.now() + minutes * 60_000;
  const totals = { visits: 0, ticks: 0, missing: 0, duplicates: 0, ageMaxMillis: 0, firstTickMaxMillis: 0 };
  let logs = '';
  const platform = await startLocal({
    makeScheduleJitter: () => makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random),
    output: (text) => {
      logs += text;
    },
  });
  try {
    await Promise.all(Array.from({ length: viewers }, (_, index) => runPlace(index < viewers / 2)));
  } finally {
    await platform.dispose();
  }
  const countOf = (pattern: RegExp) => logs.match(pattern)?.length ?? 0;
  const runners = {
    'runners arrived': countOf(/"a runner arrived"/g),
    'not needed': countOf(/"exit":"not needed"/g),
    'hand-overs': countOf(/"exit":"another leads"/g),
    'time is up': countOf(/"exit":"time is up"/g),
    'missed by runners': countOf(/"missed ticks"/g),
  };
  process.stdout.write(formatTable([{ minutes, ...totals, ...runners }]));
  return totals.missing + totals.duplicates === 0;

  /** Runs one viewer until the end, or one visitor after another. */
  async function runPlace(stays: boolean): Promise<void> {
    while (Date.now() < endMillis) {
      const leaveMillis = stays ? endMillis : Math.min(endMillis, Date.now() + 2_000 + Math.random() * 58_000);
      await visit(leaveMillis);
      await sleep(Math.random() * 5_000);
    }
  }

  async function visit(leaveMillis: number): Promise<void> {
    const viewer = await TestViewer.connect(`${platform.socketUrl}?id=endurance`);
    const connectedMillis = Date.now();
    await sleep(leaveMillis - connectedMillis);
    // Wait until late in the next second: its tick has arrived by then or is lost.
    await sleep(ARRIVAL_MILLIS - (Date.now() % INTERVAL_MILLIS) + INTERVAL_MILLIS);
    const lastSequence = sequenceAt(Date.now(), INTERVAL_MILLIS);
    const ticks = [...viewer.ticks];
    viewer.socket.close(1000);

    const sequences = new Set(ticks.map(({ sequence }) => sequence));
    const due = sequenceAt(connectedMillis, INTERVAL_MILLIS) + FIRST_TICK_AFTER;
    const from = Math.min(due, ticks[0]?.sequence ?? due);
    totals.visits++;
    totals.ticks += ticks.length;
    totals.missing += Math.max(0, lastSequence - from + 1 - sequences.size);
    totals.duplicates += ticks.length - sequences.size;
    totals.firstTickMaxMillis = Math.max(totals.firstTickMaxMillis, (ticks[0]?.arrivedAtMillis ?? 0) - connectedMillis);
    for (const { sequence, arrivedAtMillis } of ticks) {
      totals.ageMaxMillis = Math.max(totals.ageMaxMillis, arrivedAtMillis - sequence * INTERVAL_MILLIS);
    }
  }
}
