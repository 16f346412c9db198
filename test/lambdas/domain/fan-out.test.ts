import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Connection, makeConnection, SETTLING_MILLIS } from '../../../lambdas/domain/connection.ts';
import { type FanOutResult, fanOut } from '../../../lambdas/domain/fan-out.ts';
import type { Poster, PostOutcome } from '../../../lambdas/domain/ports.ts';
import { parseServerMessage, type Tick } from '../../../lambdas/protocol.ts';
import { makeMemoryConnectionStore, silentLog } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const BOUNDARY = 1_763_861_880_000;
const DEADLINE = BOUNDARY + 900;

interface Viewer {
  readonly outcome: PostOutcome;
  /** How long a post to it takes. */
  readonly millis: number;
}

interface Post {
  readonly connectionId: string;
  readonly tick: Tick;
  readonly startedMillis: number;
}

/** Sends one tick to the viewers on simulated time. */
async function send(viewers: readonly Viewer[], poolSize: number, connectedAtMillis = BOUNDARY - 60_000) {
  const clock = new SimulatedClock(BOUNDARY);
  const connections = makeMemoryConnectionStore();
  const roster: Connection[] = viewers.map((_, index) => makeConnection(`viewer-${index}`, connectedAtMillis));
  for (const connection of roster) await connections.put(connection);
  const posts: Post[] = [];
  let inFlight = 0;
  let maxInFlight = 0;
  const poster: Poster = {
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
  let endedMillis = 0;
  const tick = {
    sequence: BOUNDARY / 1000,
    intervalMillis: 1000,
    connections: roster,
    deadlineMillis: DEADLINE,
    poolSize,
  };
  fanOut(tick, { clock, connections, poster, log: silentLog }).then((returned) => {
    result = returned;
    endedMillis = clock.now();
  });
  await clock.advanceTo(BOUNDARY + 10_000);
  assert.ok(result, 'fanOut has ended');
  await result.removals;
  return { report: result.report, posts, maxInFlight, endedMillis, left: await connections.list(BOUNDARY) };
}

describe('fanOut', () => {
  it('posts to each connection at most once, in a bounded pool, and is done by the deadline', async () => {
    const viewer = fc.record({
      outcome: fc.constantFrom<PostOutcome>('delivered', 'gone', 'throttled', 'timedOut', 'failed'),
      millis: fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constant(60_000)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(viewer, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (viewers, poolSize) => {
          const { report, posts, maxInFlight, endedMillis } = await send(viewers, poolSize);

          assert.equal(new Set(posts.map(({ connectionId }) => connectionId)).size, posts.length);
          assert.ok(maxInFlight <= poolSize);
          assert.ok(endedMillis <= DEADLINE);
          assert.ok(posts.every(({ startedMillis }) => startedMillis < DEADLINE));
          const total = Object.values(report).reduce((sum, count) => sum + count, 0);
          assert.equal(total, viewers.length);
          assert.equal(report.shed, viewers.length - posts.length);
        },
      ),
    );
  });

  it('stamps each copy when it is sent', async () => {
    const viewers = Array.from({ length: 10 }, () => ({ outcome: 'delivered', millis: 20 }) as const);

    const { posts } = await send(viewers, 2);

    assert.deepEqual(
      posts.map(({ tick }) => tick.sentAt - BOUNDARY),
      [0, 0, 20, 20, 40, 40, 60, 60, 80, 80],
    );
    assert.ok(posts.every(({ tick }) => tick.time === '2025-11-23T01:38:00.000Z'));
  });

  it('lets no viewer that hangs delay the others', async () => {
    const viewers = Array.from({ length: 20 }, (_, index) => ({
      outcome: 'delivered' as const,
      millis: index === 0 ? 60_000 : 10,
    }));

    const { report, posts } = await send(viewers, 2);

    assert.equal(report.delivered, 19);
    assert.equal(report.timedOut, 1);
    assert.ok(posts.every(({ startedMillis }) => startedMillis <= BOUNDARY + 190));
  });

  it('sheds what cannot leave in time', async () => {
    const viewers = Array.from({ length: 10 }, () => ({ outcome: 'delivered', millis: 400 }) as const);

    const { report } = await send(viewers, 1);

    assert.deepEqual(report, { delivered: 2, gone: 0, throttled: 0, timedOut: 1, failed: 0, shed: 7 });
  });

  it('forgets a connection that is gone, and no other', async () => {
    const outcomes: PostOutcome[] = ['delivered', 'gone', 'throttled', 'timedOut', 'failed'];

    const { left } = await send(
      outcomes.map((outcome) => ({ outcome, millis: 1 })),
      5,
    );

    assert.deepEqual(
      left.map(({ connectionId }) => connectionId),
      ['viewer-0', 'viewer-2', 'viewer-3', 'viewer-4'],
    );
  });

  it('keeps the row of a young connection that seems gone: its $connect may not have finished', async () => {
    const gone: Viewer[] = [{ outcome: 'gone', millis: 1 }];

    const young = await send(gone, 1, BOUNDARY - SETTLING_MILLIS + 1);
    const old = await send(gone, 1, BOUNDARY - SETTLING_MILLIS);

    assert.equal(young.left.length, 1);
    assert.equal(old.left.length, 0);
  });
});
