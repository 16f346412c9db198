// A schedule as bad as EventBridge's may be, viewers who stay and viewers who come and go: counts what each of them missed
// or got twice.

import { setTimeout as sleep } from 'node:timers/promises';
import { SCHEDULE_PERIOD_MILLIS } from '../../../local/deployment.ts';
import { makeWorstJitter } from '../../../local/scheduler.ts';
import { startLocal } from '../../../local/start-local.ts';
import { sequenceAt } from '../../../protocol/tick.ts';
import { TestViewer } from '../../support/test-viewer.ts';
import { formatTable } from '../table.ts';

const INTERVAL_MILLIS = 1_000;

/** Who is connected at some moment gets the next tick or the one after. */
const FIRST_TICK_AFTER = 2;

/** By then the last tick has come. */
const LATEST_MILLIS = 950;

/** @returns true when no viewer missed a tick or got one twice */
export async function runVisits({ minutes, viewers }: { minutes: number; viewers: number }): Promise<boolean> {
  const endMillis = Date.now() + minutes * 60_000;
  const totals = { visits: 0, ticks: 0, missing: 0, twice: 0, ageMaxMillis: 0, firstTickMaxMillis: 0 };
  let logs = '';
  const platform = await startLocal({
    makeScheduleJitter: () => makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random),
    output: (text) => {
      logs += text;
    },
  });
  try {
    await Promise.all(Array.from({ length: viewers }, (_, index) => live(index < viewers / 2)));
  } finally {
    await platform.dispose();
  }
  const of = (pattern: RegExp) => logs.match(pattern)?.length ?? 0;
  const runners = {
    'runners arrived': of(/"a runner arrived"/g),
    'not needed': of(/"exit":"not needed"/g),
    'hand-overs': of(/"exit":"another leads"/g),
    'time is up': of(/"exit":"time is up"/g),
    'missed by runners': of(/"missed ticks"/g),
  };
  process.stdout.write(formatTable([{ minutes, ...totals, ...runners }]));
  return totals.missing + totals.twice === 0;

  /** One seat: a viewer that stays to the end, or one visitor after another. */
  async function live(stays: boolean): Promise<void> {
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
    // The tick of this second has come by its end, or not at all.
    await sleep(LATEST_MILLIS - (Date.now() % INTERVAL_MILLIS) + INTERVAL_MILLIS);
    const lastSequence = sequenceAt(Date.now(), INTERVAL_MILLIS);
    const ticks = [...viewer.ticks];
    viewer.socket.close(1000);

    const sequences = new Set(ticks.map(({ sequence }) => sequence));
    const due = sequenceAt(connectedMillis, INTERVAL_MILLIS) + FIRST_TICK_AFTER;
    const from = Math.min(due, ticks[0]?.sequence ?? due);
    totals.visits++;
    totals.ticks += ticks.length;
    totals.missing += Math.max(0, lastSequence - from + 1 - sequences.size);
    totals.twice += ticks.length - sequences.size;
    totals.firstTickMaxMillis = Math.max(totals.firstTickMaxMillis, (ticks[0]?.arrivedAtMillis ?? 0) - connectedMillis);
    for (const { sequence, arrivedAtMillis } of ticks) {
      totals.ageMaxMillis = Math.max(totals.ageMaxMillis, arrivedAtMillis - sequence * INTERVAL_MILLIS);
    }
  }
}
