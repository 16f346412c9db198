// The messages that a runner sends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { WakeMessage, WakeQueue } from '../../../lambdas/domain/ports.ts';
import { MIN_LEAD_MILLIS, nextLead, WakeUps } from '../../../lambdas/domain/wake-ups.ts';
import { silentLog } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const START = 1_763_861_880_000;

/** @param failures how often the queue fails before it accepts a batch */
function prepare({ failures = 0, answers = true } = {}) {
  const clock = new SimulatedClock(START);
  const batches: (readonly WakeMessage[])[] = [];
  let attempts = 0;
  const queue: WakeQueue = {
    async send(messages) {
      if (++attempts <= failures) throw new Error('the queue is down');
      if (!answers) await new Promise(() => {});
      batches.push(messages);
    },
    async requestDate() {},
  };
  const wakeUps = new WakeUps('me', { clock, queue, log: silentLog });
  return { clock, wakeUps, batches, sent: () => batches.flat(), attempts: () => attempts };
}

function guard(delaySeconds: number): WakeMessage {
  return { reason: 'guard', delaySeconds, sentBy: 'me' };
}

describe('the guards', () => {
  it('are one on arrival, and two more after the first claim that was won', async () => {
    const { wakeUps, batches } = prepare();
    wakeUps.sendArrivalGuard();
    assert.deepEqual(batches, [[guard(3)]]);
    wakeUps.sendLeaderGuards();

    assert.deepEqual(batches.slice(1), [[guard(6), guard(8)]]);
  });

  it('are sent every three seconds, at a tick, with a delay of 8 s', async () => {
    const { clock, wakeUps, batches } = prepare();
    wakeUps.sendLeaderGuards();
    const renewed: number[] = [];
    for (let tick = 1; tick <= 10; tick++) {
      await clock.advanceTo(START - 100 + tick * 1_000);
      const { length } = batches;
      wakeUps.renewGuards();
      if (batches.length > length) renewed.push(tick);
    }

    assert.deepEqual(renewed, [3, 6, 9]);
    assert.deepEqual(batches.slice(1), [[guard(8)], [guard(8)], [guard(8)]]);
  });
});

describe('the messages of a tick', () => {
  it('are due: the tick message up to a second before its lead, the guard an interval and a second after it', () => {
    const intervals = fc.constantFrom(5_000, 10_000, 60_000);
    fc.assert(
      fc.property(fc.nat(59_999), intervals, fc.integer({ min: 1_400, max: 2_400 }), (until, intervalMillis, lead) => {
        const { wakeUps, sent } = prepare();
        const boundaryMillis = START + until;
        wakeUps.sendTickMessages(boundaryMillis, intervalMillis, lead);

        const [call, guard] = sent();
        assert.deepEqual([call?.reason, call?.boundaryMillis, call?.leadMillis], ['tick', boundaryMillis, lead]);
        assert.deepEqual([guard?.reason, guard?.boundaryMillis], ['guard', boundaryMillis + intervalMillis]);
        const dueBefore = (message: WakeMessage | undefined) =>
          (message?.boundaryMillis ?? 0) - START - 1_000 * (message?.delaySeconds ?? 0);
        assert.ok(dueBefore(guard) >= lead - 1_000 && dueBefore(guard) < lead);
        if (until < lead) assert.equal(call?.delaySeconds, 0);
        else assert.ok(dueBefore(call) >= lead && dueBefore(call) < lead + 1_000);
        assert.ok(sent().every(({ delaySeconds }) => Number.isInteger(delaySeconds) && delaySeconds <= 900));
      }),
    );
  });
});

describe('the relieve message', () => {
  it('has no delay, and contains the number of attempts', async () => {
    const { wakeUps, sent } = prepare();
    await wakeUps.callSuccessor();
    await wakeUps.callSuccessor(7);

    const relief = { reason: 'relieve', delaySeconds: 0, sentBy: 'me' };
    assert.deepEqual(sent(), [
      { ...relief, attempts: 0 },
      { ...relief, attempts: 7 },
    ]);
  });

  it('is not sent after 16 attempts', async () => {
    const { wakeUps, sent } = prepare();
    await wakeUps.callSuccessor(15);
    await wakeUps.callSuccessor(16);

    assert.deepEqual(
      sent().map(({ attempts }) => attempts),
      [15],
    );
  });
});

describe('a message that is sent again', () => {
  it('keeps its reason and boundary, and increases its attempts', async () => {
    const { wakeUps, sent } = prepare();
    const message = {
      reason: 'tick',
      delaySeconds: 9,
      sentBy: 'other',
      boundaryMillis: START,
      leadMillis: 1_500,
    } as const;
    await wakeUps.retry(message);
    await wakeUps.retry({ ...message, attempts: 15 });
    await wakeUps.retry({ ...message, attempts: 16 });

    const again = { ...message, delaySeconds: 2, sentBy: 'me' };
    assert.deepEqual(sent(), [
      { ...again, attempts: 1 },
      { ...again, attempts: 16 },
    ]);
  });
});

describe('a queue that fails', () => {
  it('gets three attempts, 200 ms apart', async () => {
    for (const [failures, batchCount] of [
      [2, 1],
      [3, 0],
    ] as const) {
      const { clock, wakeUps, batches, attempts } = prepare({ failures });
      wakeUps.callSuccessor();
      await clock.advanceTo(START + 399);
      assert.equal(attempts(), 2);
      await clock.advanceTo(START + 10_000);

      assert.deepEqual([attempts(), batches.length], [3, batchCount]);
    }
  });

  it('causes no rejection, so a runner continues', async () => {
    const { clock, wakeUps } = prepare({ failures: 99 });
    const sending = Promise.all([wakeUps.callSuccessor(), wakeUps.sendTickMessages(START, 10_000, 1_400)]);
    await clock.advanceTo(START + 1_000);
    await sending;
  });
});

describe('the end of a run', () => {
  it('waits until the queue has accepted the messages', async () => {
    const { clock, wakeUps, batches } = prepare({ failures: 2 });
    wakeUps.sendArrivalGuard();
    let isFlushed = false;
    wakeUps.flush().then(() => {
      isFlushed = true;
    });
    await clock.advanceTo(START + 399);
    assert.equal(isFlushed, false);
    await clock.advanceTo(START + 400);

    assert.deepEqual([isFlushed, batches.length], [true, 1]);
  });

  it('does not wait longer than a second', async () => {
    const { clock, wakeUps } = prepare({ answers: false });
    wakeUps.sendArrivalGuard();
    const flushed = wakeUps.flush();
    await clock.advanceTo(START + 1_000);
    await flushed;
  });

  it('does not wait if no message is in flight', async () => {
    const { wakeUps } = prepare();
    await wakeUps.callSuccessor();
    await wakeUps.flush();
  });
});

describe('the next lead', () => {
  it('includes the measured lateness, within its limits', () => {
    assert.equal(nextLead(MIN_LEAD_MILLIS, 0), MIN_LEAD_MILLIS);
    assert.equal(nextLead(MIN_LEAD_MILLIS, -3_000), MIN_LEAD_MILLIS);
    assert.equal(nextLead(MIN_LEAD_MILLIS, 600), MIN_LEAD_MILLIS + 600);
    assert.equal(nextLead(MIN_LEAD_MILLIS, 60_000), 2_400);
    assert.equal(nextLead(9_000, 0), 2_400);
  });

  it('loses a tenth of the lateness with each message', () => {
    assert.equal(nextLead(2_400, 0), 2_300);
    assert.equal(nextLead(2_400, 950), 2_350);
    let lead = 2_400;
    for (let message = 0; message < 60; message++) lead = nextLead(lead, 0);
    assert.ok(lead < MIN_LEAD_MILLIS + 10, `${lead}`);
  });
});
