// The broadcast function in environments like Lambda's, with table, gateway and queue over HTTP.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareStage, queueEvent, scheduleEvent } from '../../support/broadcast-stage.ts';
import { retryOnStalls } from '../../support/stalls.ts';
import { isConsecutive } from '../../support/test-viewer.ts';

const RETURNED = { kind: 'returned', value: null };

/** Refuses all connections. */
const CLOSED_ENDPOINT = 'http://127.0.0.1:9';

/** The longest interval at which runners do not sleep: another runner's claim counts as recent for the longest time. */
const LONG_INTERVAL = { INTERVAL_SECONDS: '4' };

describe('the broadcast function', () => {
  for (const [name, makeEvent] of Object.entries({
    'its schedule': scheduleEvent,
    'a message': () => queueEvent({ reason: 'wake' }),
  })) {
    it(
      `sends a tick each second when ${name} starts it, and returns before its timeout`,
      retryOnStalls(async (t) => {
        const { viewer, sent, makeFunction, lines } = await prepareStage(t);

        assert.deepEqual(await makeFunction().invoke(makeEvent()), RETURNED);

        const [{ runnerId, ...report }] = await lines('a runner left');
        assert.equal(report.exit, 'time is up');
        assert.equal(report.missed, 0);
        assert.equal(report.posts.delivered, viewer.ticks.length);
        assert.ok(viewer.ticks.length >= 1);
        assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
        const [record] = await lines('"TicksSent"');
        assert.equal(record._aws.CloudWatchMetrics[0].Namespace, 'Tickcast');
        assert.deepEqual(
          [record.Viewers, record.TicksSent, Number(record.delivered), record.service, record.shard],
          [1, viewer.ticks.length, viewer.ticks.length, 'broadcast', '0'],
        );
        assert.ok(record.ClockBound >= 0 && record.ClockBound < 3_000, `${record.ClockBound} ms`);
        const reasons = sent.map(({ reason, delaySeconds, sentBy }) => `${reason} in ${delaySeconds} s by ${sentBy}`);
        for (const delay of [3, 6, 8]) assert.ok(reasons.includes(`guard in ${delay} s by ${runnerId}`), `${reasons}`);
        assert.ok(reasons.includes(`relieve in 0 s by ${runnerId}`), `${reasons}`);
      }),
    );
  }

  it('logs why it was started, and how late its message came', async (t) => {
    const { relay, makeFunction, lines, output } = await prepareStage(t, { variables: LONG_INTERVAL });
    const message = { reason: 'guard', delaySeconds: 8, sentBy: 'another' } as const;
    // With this claim of another runner it returns immediately.
    await relay.claim(Date.now() + 2_000, 'another');

    await makeFunction().invoke(queueEvent(message));

    const [{ trigger, shard }] = await lines('a runner arrived');
    const { sentAtMillis, ...others } = trigger;
    assert.deepEqual({ shard, ...others }, { shard: 0, reason: 'guard', message });
    assert.ok(Math.abs(sentAtMillis + 8_000 - Date.now()) < 5_000);
    const [{ WakeLateness, shard: dimension }] = await lines('WakeLateness');
    assert.ok(WakeLateness >= 0 && WakeLateness < 5_000, `${WakeLateness} ms`);
    assert.equal(dimension, '0');
    await lines('a runner left');
    assert.ok(!output().includes('reserved key'), 'the logger accepts the names of all facts');
  });

  it('returns immediately when a guard starts it while another runner leads', async (t) => {
    const { relay, sent, makeFunction, lines } = await prepareStage(t, { variables: LONG_INTERVAL });
    await relay.claim(Date.now() + 2_000, 'another');

    assert.deepEqual(await makeFunction().invoke(queueEvent({ reason: 'guard', delaySeconds: 8 })), RETURNED);

    const [{ exit }] = await lines('a runner left');
    assert.equal(exit, 'not needed');
    assert.deepEqual(sent, []);
  });

  it(
    'sends each tick once when an event is delivered twice',
    retryOnStalls(async (t) => {
      const { viewer, makeFunction, lines } = await prepareStage(t, { timeoutMillis: 8_000 });
      const event = scheduleEvent();

      const outcomes = Promise.all([makeFunction(), makeFunction()].map((fn) => fn.invoke(event)));
      await viewer.waitForTicks(4);
      assert.deepEqual(await outcomes, [RETURNED, RETURNED]);

      assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
      await lines('a runner left', 2);
      const arrivals = await lines('a runner arrived', 2);
      assert.equal(new Set(arrivals.map(({ runnerId }) => runnerId)).size, 2);
    }),
  );

  it('sends its message again with a delay when the table does not answer', async (t) => {
    const variables = { AWS_ENDPOINT_URL_DYNAMODB: CLOSED_ENDPOINT };
    const { sent, makeFunction, lines } = await prepareStage(t, { variables });
    const tick = { reason: 'tick', delaySeconds: 4, boundaryMillis: 1_000, leadMillis: 1_500, attempts: 2 } as const;

    const fn = makeFunction();
    assert.deepEqual(await fn.invoke(queueEvent(tick)), RETURNED);
    assert.deepEqual(await fn.invoke(scheduleEvent()), RETURNED);

    const reports = await lines('a runner left', 2);
    assert.deepEqual(
      reports.map(({ exit }) => exit),
      ['table unavailable', 'table unavailable'],
    );
    const [first, second] = reports.map(({ runnerId }) => runnerId);
    assert.deepEqual(sent, [
      { ...tick, shard: 0, attempts: 3, delaySeconds: 2, sentBy: first },
      { reason: 'relieve', shard: 0, attempts: 1, delaySeconds: 2, sentBy: second },
    ]);
  });

  it('ends its environment after an unexpected error, and logs the error once', async (t) => {
    const { makeFunction, output } = await prepareStage(t);
    const fn = makeFunction();

    for (let run = 1; run <= 2; run++) {
      const outcome = await fn.invoke(null);

      assert.ok(outcome.kind === 'threw');
      assert.match(outcome.error, /^TypeError: Cannot use 'in' operator .+\n {4}at /);
      assert.equal(fn.environmentCount, 0, 'the environment is not used again');
      assert.equal(output().match(/Cannot use 'in'/g)?.length, run);
    }
  });

  for (const [name, event] of Object.entries({
    schedule: scheduleEvent(1),
    message: queueEvent({ shard: 1 }),
  })) {
    it(`returns immediately when the shard of its ${name} does not exist`, async (t) => {
      const { sent, makeFunction, lines, output } = await prepareStage(t);

      assert.deepEqual(await makeFunction().invoke(event), RETURNED);

      const [{ shard, shards }] = await lines('there is no such shard');
      assert.deepEqual({ shard, shards }, { shard: 1, shards: 1 });
      await sleep(100);
      assert.equal(output().split('\n').length, 2, 'one line');
      assert.deepEqual(sent, []);
    });
  }
});
