// Cases of the relay on an emulator, checked with the logs of its runners.

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isConsecutive, type TestViewer } from '../support/test-viewer.ts';
import { isAtRest, type Run, runsSince } from './deployed-clock.ts';

export interface RelayCase {
  readonly intervalSeconds: number;
  readonly shards: number;
  /** Whether no runner stays between two ticks. */
  readonly sleeps: boolean;
  /** Number of ticks to wait for. */
  readonly ticks: number;
  tableName(): string;
  connect(): Promise<TestViewer>;
}

/** A viewer that connects while no runner is active gets a tick within this time plus an interval. */
const FIRST_TICK_MILLIS = 6_000;

/** The maximum delay of a guard plus its lateness, while runners stay. Otherwise it is two intervals. */
const LAST_GUARD_MILLIS = 10_000;

/** Time during which no runner may arrive. */
const QUIET_MILLIS = 3_000;

const POLL_MILLIS = 200;

/** Registers tests in the suite that calls it. No viewer may be connected. */
export function describeRelay({ intervalSeconds, shards, sleeps, ticks, tableName, connect }: RelayCase): void {
  let wokenAtMillis: number;
  let firstTickMillis: number;
  let restsAtMillis: number;
  let runs: readonly Run[];
  const startedBy = (reason: string) => runs.filter(({ trigger }) => trigger.reason === reason);
  const rest = async () => {
    while (!(await isAtRest(tableName(), shards))) await sleep(POLL_MILLIS);
  };

  it(`sends ticks at ${intervalSeconds} s to a viewer that connects while it is idle, and becomes idle again`, async (t) => {
    await rest();
    wokenAtMillis = Date.now();
    const viewer = await connect();
    await viewer.waitForTicks(ticks);
    await viewer.close();
    const closedAtMillis = Date.now();
    await rest();
    restsAtMillis = Date.now();

    firstTickMillis = viewer.ticks[0]?.arrivedAtMillis ?? 0;
    const waitedMillis = firstTickMillis - wokenAtMillis;
    t.diagnostic(
      `first tick after ${waitedMillis} ms, at rest ${restsAtMillis - closedAtMillis} ms after the viewer left`,
    );
    assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
    assert.ok(waitedMillis < FIRST_TICK_MILLIS + intervalSeconds * 1_000, `${waitedMillis} ms`);
  });

  it(`runs only for the schedule while it is idle at ${intervalSeconds} s`, async () => {
    const quietAtMillis = restsAtMillis + Math.max(LAST_GUARD_MILLIS, (2 * intervalSeconds + 1) * 1_000);
    await sleep(quietAtMillis + QUIET_MILLIS - Date.now());

    const all = await runsSince(wokenAtMillis);
    runs = all.filter(({ arrivedAtMillis }) => arrivedAtMillis < restsAtMillis);
    const later = all.filter(({ arrivedAtMillis }) => arrivedAtMillis >= restsAtMillis);
    const isQuiet = ({ arrivedAtMillis, trigger }: Run) =>
      arrivedAtMillis < quietAtMillis || trigger.reason === 'schedule';
    assert.ok(later.every(isQuiet), show(later));
    assert.ok(
      later.every(({ sent }) => sent === 0),
      show(later),
    );
  });

  it(`was started at ${intervalSeconds} s by a message of the viewer`, () => {
    assert.ok(startedBy('wake').length >= 1, show(runs));
  });

  it(`had guards at ${intervalSeconds} s whose runners left immediately`, () => {
    // A guard that arrives before the first tick may lead, and so may one that arrives before the runner of a tick.
    const guards = startedBy('guard').filter(({ arrivedAtMillis }) => arrivedAtMillis > firstTickMillis);

    assert.ok(
      guards.some(({ exit, sent }) => exit === 'not needed' && sent === 0),
      show(runs),
    );
    assert.ok(
      guards.every(({ exit, sent }) => exit === 'not needed' || (sleeps && sent <= 1)),
      show(guards),
    );
  });

  it(
    sleeps ? `slept between ticks at ${intervalSeconds} s` : `had a runner at ${intervalSeconds} s that stayed`,
    () => {
      const leaders = runs.filter(({ sent }) => sent > 0);

      assert.ok(leaders.reduce((sum, { sent }) => sum + sent, 0) >= ticks - 1, show(runs));
      if (sleeps) {
        assert.ok(
          leaders.every(({ sent, exit }) => sent === 1 && exit === 'tick done'),
          show(leaders),
        );
      } else {
        assert.deepEqual(
          leaders.map(({ exit }) => exit).filter((exit) => exit !== 'another leads'),
          ['empty'],
        );
      }
    },
  );
}

function show(runs: readonly Run[]): string {
  return JSON.stringify(runs.map(({ trigger, exit, sent }) => [trigger.reason, exit, sent]));
}
