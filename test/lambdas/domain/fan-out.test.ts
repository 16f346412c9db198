import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Connection, makeConnection } from '../../../lambdas/domain/connection.ts';
import { type FanOutResult, fanOut, sendOrder } from '../../../lambdas/domain/fan-out.ts';
import { NO_POSTS, type PostOutcome } from '../../../lambdas/domain/outcomes.ts';
import { Pace } from '../../../lambdas/domain/pace.ts';
import type { Poster } from '../../../lambdas/domain/ports.ts';
import { parseServerMessage, type Tick } from '../../../protocol/messages.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const BOUNDARY = 1_763_861_880_000;
const DEADLINE = BOUNDARY + 900;

interface Viewer {
  readonly outcome: PostOutcome;
  /** Duration of a post to this viewer. */
  readonly millis: number;
}

interface Post {
  readonly connectionId: string;
  readonly tick: Tick;
  readonly startedMillis: number;
}

/** Sends one tick to the viewers on simulated time. */
async function send(viewers: readonly Viewer[], poolSize: number, pace = new Pace({ maxInFlight: poolSize })) {
  const clock = new SimulatedClock(BOUNDARY);
  const connections = viewers.map((_, index) => makeConnection(`viewer-${index}`, BOUNDARY - 60_000));
  const posts: Post[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const poster: Poster = {
    async prepare() {},
    async post(connectionId, data, deadlineMillis) {
      const { outcome, millis } = viewers[Number(connectionId.slice('viewer-'.length))] as Viewer;
      posts.push({ connectionId, tick: parseServerMessage(data) as Tick, startedMillis: clock.now() });
      maxInFlight = Math.max(maxInFlight, ++inFlight);
      const answerMillis = clock.now() + millis;
      await clock.sleepUntil(Math.min(answerMillis, deadlineMillis));
      inFlight--;
      return answerMillis > deadlineMillis ? 'timedOut' : outcome;
    },
  };

  let result: FanOutResult | undefined;
  const tick = { sequence: BOUNDARY / 1000, intervalMillis: 1000, connections, deadlineMillis: DEADLINE, pace };
  fanOut(tick, { clock, poster }).then((returned) => {
    result = returned;
  });
  await clock.advanceTo(BOUNDARY + 10_000);
  assert.ok(result, 'fanOut has ended');
  return { ...result, posts, maxInFlight };
}

const OUTCOMES: PostOutcome[] = [
  'delivered',
  'gone',
  'throttled',
  'forbidden',
  'tooLarge',
  'serverError',
  'timedOut',
  'reset',
  'failed',
];

const viewers = fc.array(
  fc.record({
    outcome: fc.constantFrom(...OUTCOMES),
    millis: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(60_000)),
  }),
  { maxLength: 60 },
);

function delivered(count: number, millis: number): Viewer[] {
  return Array.from({ length: count }, () => ({ outcome: 'delivered', millis }));
}

describe('fanOut', () => {
  it('posts to each connection at most once, within the pool size, and ends by the deadline', async () => {
    await fc.assert(
      fc.asyncProperty(viewers, fc.integer({ min: 1, max: 20 }), async (viewers, poolSize) => {
        const { report, posts, maxInFlight, endedMillis } = await send(viewers, poolSize);

        assert.equal(new Set(posts.map(({ connectionId }) => connectionId)).size, posts.length);
        assert.ok(maxInFlight <= poolSize);
        assert.ok(endedMillis <= DEADLINE);
        assert.ok(posts.every(({ startedMillis }) => startedMillis < DEADLINE));
        const total = Object.values(report).reduce((sum, count) => sum + count, 0);
        assert.equal(total, viewers.length);
        assert.equal(report.shed, viewers.length - posts.length);
      }),
    );
  });

  it('stamps each copy when it is sent', async () => {
    const { posts, sendDelays } = await send(delivered(10, 20), 2);

    assert.deepEqual(
      posts.map(({ tick }) => tick.sentAt - BOUNDARY),
      [0, 0, 20, 20, 40, 40, 60, 60, 80, 80],
    );
    assert.ok(posts.every(({ tick }) => tick.time === '2025-11-23T01:38:00.000Z'));
    assert.deepEqual([sendDelays.quantile(0.5), sendDelays.quantile(0.99)], [40, 80]);
  });

  it('does not let a viewer that hangs delay the others', async () => {
    const { report, posts, timedOutIds } = await send(
      [{ outcome: 'delivered', millis: 60_000 }, ...delivered(19, 10)],
      2,
    );

    assert.deepEqual(report, { ...NO_POSTS, delivered: 19, timedOut: 1 });
    assert.deepEqual([...timedOutIds], ['viewer-0']);
    assert.ok(posts.every(({ startedMillis }) => startedMillis <= BOUNDARY + 190));
  });

  it('does not post copies that could not start by the deadline', async () => {
    const { report } = await send(delivered(10, 400), 1);

    assert.deepEqual(report, { ...NO_POSTS, delivered: 2, timedOut: 1, shed: 7 });
  });

  it('reports the ages of delivered copies, and the longest duration for copies that were not delivered', async () => {
    const p99 = (...viewers: Viewer[]) => send(viewers, 200).then(({ ages }) => ages.quantile(0.99));

    assert.equal(await p99(...delivered(99, 40), { outcome: 'serverError', millis: 10 }), 40);
    for (const outcome of OUTCOMES.filter((outcome) => outcome !== 'delivered' && outcome !== 'gone')) {
      const refused: Viewer = { outcome, millis: 10 };
      assert.ok((await p99(...delivered(98, 40), refused, refused)) > 1_000, outcome);
    }
    const shed = await send(delivered(100, 450), 30);
    assert.deepEqual(shed.report, { ...NO_POSTS, delivered: 60, shed: 40 });
    assert.ok(shed.ages.quantile(0.99) > 1_000);
    assert.equal(await p99(...delivered(1, 40), { outcome: 'gone', millis: 10 }), 40, 'nobody is there to get it');
  });

  it('reports the connections that are gone', async () => {
    const { gone } = await send(
      OUTCOMES.map((outcome) => ({ outcome, millis: 1 })),
      5,
    );

    assert.deepEqual(
      gone.map(({ connectionId }) => connectionId),
      ['viewer-1'],
    );
  });

  it('counts a post that rejects as failed, and sends the others', async () => {
    const clock = new SimulatedClock(BOUNDARY);
    const poster: Poster = {
      async prepare() {},
      post: (connectionId) =>
        connectionId === 'bad' ? Promise.reject(new Error('as asked')) : Promise.resolve('delivered'),
    };
    const connections = ['a', 'bad', 'b'].map((connectionId) => makeConnection(connectionId, BOUNDARY - 60_000));
    const tick = {
      sequence: 0,
      intervalMillis: 1000,
      connections,
      deadlineMillis: DEADLINE,
      pace: new Pace({ maxInFlight: 1 }),
    };

    const { report } = await fanOut(tick, { clock, poster });

    assert.deepEqual(report, { ...NO_POSTS, delivered: 2, failed: 1 });
  });

  it('slows down when it is throttled', async () => {
    const pace = new Pace({ maxInFlight: 8 });
    const viewers = [...delivered(7, 10), { outcome: 'throttled', millis: 10 } as const, ...delivered(8, 10)];

    const { posts, report } = await send(viewers, 8, pace);

    assert.deepEqual(report, { ...NO_POSTS, delivered: 15, throttled: 1 });
    // Seven posts may follow before the first refusal arrives. From then on four are in flight.
    const starts = posts.map(({ startedMillis }) => startedMillis - BOUNDARY);
    assert.deepEqual(starts, [0, 0, 0, 0, 0, 0, 0, 0, 10, 10, 10, 10, 10, 10, 10, 20]);
  });
});

describe('the send order', () => {
  const connections = Array.from({ length: 10 }, (_, index) => makeConnection(`viewer-${index}`, 0));
  const ids = (turns: readonly Connection[]) => turns.map(({ connectionId }) => connectionId);

  it('contains each connection once', () => {
    fc.assert(
      fc.property(fc.nat(), fc.uniqueArray(fc.nat(9)), (sequence, silent) => {
        const turns = sendOrder(connections, sequence, new Set(silent.map((index) => `viewer-${index}`)));

        assert.deepEqual(ids(turns).sort(), ids(connections));
      }),
    );
  });

  it('starts with each connection at some tick', () => {
    const firsts = Array.from({ length: 40 }, (_, sequence) => ids(sendOrder(connections, sequence, new Set()))[0]);

    assert.equal(new Set(firsts).size, 10);
  });

  it('ends with the connections whose last post timed out', () => {
    const turns = ids(sendOrder(connections, 3, new Set(['viewer-2', 'viewer-7'])));

    assert.deepEqual(turns.slice(-2).sort(), ['viewer-2', 'viewer-7']);
  });
});
