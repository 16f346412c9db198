// Sets the clock of `npm start` while viewers are connected. The viewers are in this process, whose clock is right. All
// local services use the clock that is set, so no witness can contradict it, and the ticks must follow it.
// `.ci/with-set-clock` runs it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArrivedTick, isConsecutive, TestViewer } from '../support/test-viewer.ts';
import { SetClockProgram } from './set-clock-program.ts';

const { LIBFAKETIME } = process.env;

const OFFSETS_SECONDS = [-600, 0, 600, 0];

/** Time from a boundary, by the clock that was set, until its tick arrives. */
const MAX_AGE_MILLIS = 1_500;

/** A tick that was sent before the clock was set may arrive within this time. */
const UNDER_WAY_MILLIS = 500;

/** The first right tick arrives within this time plus two intervals. */
const LIMIT_MILLIS = 10_000;

/** Number of right ticks after the first. */
const FOLLOWING = 2;

const VIEWERS = 3;
const POLL_MILLIS = 20;

describe('npm start while the clock of the machine is set', { concurrency: true }, () => {
  for (const intervalSeconds of [1, 5]) {
    it(`sends right ticks again at ${intervalSeconds} s, and closes no connection`, async (t) => {
      assert.ok(LIBFAKETIME, 'LIBFAKETIME must be the path of libfaketimeMT.so.1');
      const program = await SetClockProgram.start(LIBFAKETIME, '--interval', String(intervalSeconds));
      t.after(() => program.dispose());
      const viewers = await Promise.all(Array.from({ length: VIEWERS }, () => TestViewer.connect(program.socketUrl)));
      await Promise.all(viewers.map((viewer) => viewer.waitForTicks(2)));

      for (const offsetSeconds of OFFSETS_SECONDS) {
        // Each time at another moment between two ticks.
        await sleep(Math.random() * intervalSeconds * 1_000);
        const setAtMillis = Date.now();
        await program.setClock(offsetSeconds);
        const expected = { intervalSeconds, offsetSeconds, setAtMillis };
        const waits = await Promise.all(viewers.map((viewer) => rightAfter(viewer, expected)));
        t.diagnostic(`${intervalSeconds} s, set to ${offsetSeconds} s: right ticks after ${Math.max(...waits)} ms`);
      }

      assert.ok(viewers.every(({ socket }) => socket.readyState === socket.OPEN));
      assert.deepEqual(program.strayLines, []);
    });
  }
});

interface Expected {
  readonly intervalSeconds: number;
  /** Difference of the clock to the true time. */
  readonly offsetSeconds: number;
  readonly setAtMillis: number;
}

/** @returns milliseconds from the setting of the clock until the first right tick */
async function rightAfter(viewer: TestViewer, expected: Expected): Promise<number> {
  const { intervalSeconds, offsetSeconds, setAtMillis } = expected;
  const intervalMillis = intervalSeconds * 1_000;
  const limitMillis = LIMIT_MILLIS + 2 * intervalMillis;
  const arrived = () => viewer.ticks.filter(({ arrivedAtMillis }) => arrivedAtMillis > setAtMillis);
  const isRight = ({ sequence, arrivedAtMillis }: ArrivedTick) => {
    const ageMillis = arrivedAtMillis + offsetSeconds * 1_000 - sequence * intervalMillis;
    return ageMillis >= 0 && ageMillis < MAX_AGE_MILLIS;
  };
  while (!arrived().some(isRight) && Date.now() - setAtMillis < limitMillis) await sleep(POLL_MILLIS);
  const index = arrived().findIndex(isRight);
  const what = `the clock set to ${offsetSeconds} s: ${JSON.stringify(arrived())}`;
  assert.ok(index >= 0, `no right tick in ${limitMillis} ms after ${what}`);
  while (arrived().length <= index + FOLLOWING) await sleep(POLL_MILLIS);

  const wrong = arrived().slice(0, index);
  const right = arrived().slice(index);
  const isUnderWay = ({ arrivedAtMillis }: ArrivedTick) => arrivedAtMillis - setAtMillis < UNDER_WAY_MILLIS;
  assert.ok(wrong.every(isUnderWay), `a wrong tick after ${what}`);
  assert.ok(right.every(isRight) && isConsecutive(right), `not right again after ${what}`);
  return (right[0]?.arrivedAtMillis ?? Number.NaN) - setAtMillis;
}
