// The broadcast function when clocks disagree: its own, and those of table, queue and gateway by the `Date` of their answers.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BroadcastStage, prepareStage, queueEvent, scheduleEvent } from '../../support/broadcast-stage.ts';
import { despiteStalls } from '../../support/stalls.ts';
import { isConsecutive } from '../../support/test-viewer.ts';

const HOUR = 3_600_000;
const RETURNED = { kind: 'returned', value: null };
const WRONG = 'the clock of this machine is wrong: two witnesses contradict it';
const DOUBTED = 'one witness contradicts the clock of this machine';
const WRONG_CLOCK_URL = new URL('./fixtures/wrong-clock.ts', import.meta.url).href;

/** Invokes the function, which must refuse to work. @returns what it logged about its clock */
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
  assert.equal((await relay.read()).lastBoundaryMillis, 0, 'nothing was claimed');
  const [facts, ...others] = await lines(WRONG);
  assert.deepEqual(others, []);
  assert.equal(facts.level, 'ERROR');
  return facts;
}

async function assertTicks({ viewer, makeFunction, lines }: BroadcastStage): Promise<void> {
  const fn = makeFunction();

  assert.deepEqual(await fn.invoke(scheduleEvent()), RETURNED);

  assert.equal(fn.environmentCount, 1, 'the environment may be used again');
  const [{ exit, missed }] = await lines('a runner left');
  assert.deepEqual({ exit, missed }, { exit: 'time is up', missed: 0 });
  assert.ok(viewer.ticks.length >= 1);
  assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
}

describe('the broadcast function, when table and queue contradict its clock', () => {
  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`relieves itself and ends its environment, their clocks being ${aheadMillis} ms ahead`, async (t) => {
      const stage = await prepareStage(t, { aheadMillis: { table: aheadMillis, queue: aheadMillis } });

      const { witnesses, aheadMillis: foundMillis, doubts } = await assertRefuses(stage, 1);

      assert.deepEqual([...witnesses].sort(), ['queue', 'table']);
      assert.ok(Math.abs(foundMillis + aheadMillis) < 5_000, `${foundMillis} ms`);
      assert.deepEqual(Object.keys(doubts).sort(), ['queue', 'table']);
    });
  }

  it('counts how often its message has been passed on', async (t) => {
    // A time behind what the message proves would make the queue contradict itself.
    const stage = await prepareStage(t, { aheadMillis: { table: HOUR, queue: HOUR } });

    await assertRefuses(stage, 4);
  });

  it(
    'goes on when it is not to refuse, and says so once',
    despiteStalls(async (t) => {
      const aheadMillis = { table: HOUR, queue: HOUR };
      const stage = await prepareStage(t, { aheadMillis, variables: { REFUSE_WRONG_CLOCK: 'false' } });

      await assertTicks(stage);

      assert.equal((await stage.lines(WRONG)).length, 1);
      assert.equal((await stage.lines('ClockErrors')).length, 1);
    }),
  );
});

describe('the broadcast function, when its own clock is wrong', () => {
  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`reaches the queue all the same, being ${aheadMillis} ms ahead`, async (t) => {
      const variables = { CLOCK_AHEAD_MILLIS: String(aheadMillis) };
      const stage = await prepareStage(t, { variables, handlerUrl: WRONG_CLOCK_URL });

      const { aheadMillis: foundMillis } = await assertRefuses(stage, 1);

      assert.ok(Math.abs(foundMillis - aheadMillis) < 5_000, `${foundMillis} ms`);
    });
  }
});

describe('the broadcast function, when one witness is wrong', () => {
  for (const witness of ['table', 'queue', 'gateway'] as const) {
    for (const aheadMillis of [-HOUR, HOUR]) {
      it(
        `goes on, the clock of the ${witness} being ${aheadMillis} ms ahead`,
        despiteStalls(async (t) => {
          // The gateway bears witness with the posts of a tick, so another tick must follow.
          const stage = await prepareStage(t, { aheadMillis: { [witness]: aheadMillis }, timeoutMillis: 5_500 });

          await assertTicks(stage);

          const [{ doubts, level }, ...others] = await stage.lines(DOUBTED);
          assert.deepEqual(others, []);
          assert.equal(level, 'WARN');
          assert.deepEqual(Object.keys(doubts), [witness]);
          assert.ok(!stage.output().includes('ClockErrors'));
          assert.ok(!stage.output().includes(WRONG));
        }),
      );
    }
  }
});
