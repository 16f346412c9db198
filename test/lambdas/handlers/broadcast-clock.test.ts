// The broadcast function when its clock differs from the clocks of table, queue and gateway, which it knows by the
// `Date` of their answers.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BroadcastStage, prepareStage, queueEvent, scheduleEvent } from '../../support/broadcast-stage.ts';
import { retryOnStalls } from '../../support/stalls.ts';
import { isConsecutive } from '../../support/test-viewer.ts';

const HOUR = 3_600_000;
const RETURNED = { kind: 'returned', value: null };
const TWO_WITNESSES = 'the clock of this machine is wrong: two witnesses contradict it';
const ONE_WITNESS = 'a witness contradicts the clock of this machine';
const WRONG_CLOCK_URL = new URL('./fixtures/wrong-clock.ts', import.meta.url).href;

/** Invokes the function, which must end with the error of a wrong clock.
 *  @param attempts of the message by which it must call a successor
 *  @returns its log line about the clock */
async function assertRefuses({ viewer, sent, relay, makeFunction, lines }: BroadcastStage, attempts: number) {
  const fn = makeFunction();
  const event = attempts === 1 ? scheduleEvent() : queueEvent({ reason: 'relieve', attempts: attempts - 1 });

  const outcome = await fn.invoke(event);

  assert.ok(outcome.kind === 'threw');
  assert.match(outcome.error, /^Error: the clock of this environment is wrong, so it is not used again/);
  assert.equal(fn.environmentCount, 0, 'the environment is not used again');
  const [{ exit, runnerId }] = await lines('a runner left');
  assert.equal(exit, 'clock wrong');
  assert.deepEqual(sent, [{ reason: 'relieve', shard: 0, delaySeconds: 0, attempts, sentBy: runnerId }]);
  const metrics = await lines('ClockErrors');
  assert.deepEqual(
    metrics.map(({ ClockErrors, service, shard }) => [ClockErrors, service, shard]),
    [[1, 'broadcast', '0']],
  );
  assert.deepEqual(viewer.ticks, []);
  assert.equal((await relay.read()).lastBoundaryMillis, 0, 'no boundary was claimed');
  const [facts, ...others] = await lines(TWO_WITNESSES);
  assert.deepEqual(others, []);
  assert.equal(facts.level, 'ERROR');
  return facts;
}

/** Invokes the function, which must send ticks until its time is up. */
async function assertTicks({ viewer, makeFunction, lines }: BroadcastStage): Promise<void> {
  const fn = makeFunction();

  assert.deepEqual(await fn.invoke(scheduleEvent()), RETURNED);

  assert.equal(fn.environmentCount, 1, 'the environment may be used again');
  const [{ exit, missed }] = await lines('a runner left');
  assert.deepEqual({ exit, missed }, { exit: 'time is up', missed: 0 });
  assert.ok(viewer.ticks.length >= 1);
  assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
}

describe('the broadcast function, when the dates of table and queue contradict its clock', () => {
  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`calls a successor and ends its environment when they are ${aheadMillis} ms ahead`, async (t) => {
      const stage = await prepareStage(t, { aheadMillis: { table: aheadMillis, queue: aheadMillis } });

      const { witnesses, aheadMillis: foundMillis, doubts } = await assertRefuses(stage, 1);

      assert.deepEqual([...witnesses].sort(), ['queue', 'table']);
      assert.ok(Math.abs(foundMillis + aheadMillis) < 5_000, `${foundMillis} ms`);
      assert.deepEqual(Object.keys(doubts).sort(), ['queue', 'table']);
    });
  }

  it('increases the attempts of its message', async (t) => {
    // Only ahead, because a date before the message's due time would make the queue contradict itself.
    const stage = await prepareStage(t, { aheadMillis: { table: HOUR, queue: HOUR } });

    await assertRefuses(stage, 4);
  });

  it(
    'continues if REFUSE_WRONG_CLOCK is false, and logs the error once',
    retryOnStalls(async (t) => {
      const aheadMillis = { table: HOUR, queue: HOUR };
      const stage = await prepareStage(t, { aheadMillis, variables: { REFUSE_WRONG_CLOCK: 'false' } });

      await assertTicks(stage);

      assert.equal((await stage.lines(TWO_WITNESSES)).length, 1);
      assert.equal((await stage.lines('ClockErrors')).length, 1);
    }),
  );
});

describe('the broadcast function, when its own clock is wrong', () => {
  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`calls a successor by the queue when it is ${aheadMillis} ms ahead`, async (t) => {
      const variables = { CLOCK_AHEAD_MILLIS: String(aheadMillis) };
      const stage = await prepareStage(t, { variables, handlerUrl: WRONG_CLOCK_URL });

      const { aheadMillis: foundMillis } = await assertRefuses(stage, 1);

      assert.ok(Math.abs(foundMillis - aheadMillis) < 5_000, `${foundMillis} ms`);
    });
  }
});

describe('the broadcast function, when the date of one service is wrong', () => {
  for (const witness of ['table', 'queue', 'gateway'] as const) {
    for (const aheadMillis of [-HOUR, HOUR]) {
      it(
        `continues when the clock of the ${witness} is ${aheadMillis} ms ahead`,
        retryOnStalls(async (t) => {
          // The gateway is a witness from the first tick on, so a second tick must follow.
          const stage = await prepareStage(t, { aheadMillis: { [witness]: aheadMillis }, timeoutMillis: 5_500 });

          await assertTicks(stage);

          const [{ doubts, level }, ...others] = await stage.lines(ONE_WITNESS);
          assert.deepEqual(others, []);
          assert.equal(level, 'WARN');
          assert.deepEqual(Object.keys(doubts), [witness]);
          assert.ok(!stage.output().includes('ClockErrors'));
          assert.ok(!stage.output().includes(TWO_WITNESSES));
        }),
      );
    }
  }
});
