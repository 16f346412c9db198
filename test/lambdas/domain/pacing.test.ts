// Paced fan-outs and the token bucket of an account, which handshakes and posts share, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { fanOut } from '../../../lambdas/domain/fan-out.ts';
import { Pace } from '../../../lambdas/domain/pace.ts';
import type { Clock, Poster } from '../../../lambdas/domain/ports.ts';
import { postsPerSecond, quotaOf, type RequestQuota, viewersThatFit } from '../../../lib/quotas.ts';
import { boundaryMillis, sendWindowMillis, sequenceAt } from '../../../protocol/tick.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const START = 1_763_861_880_000;
const HANDSHAKE_GAP_MILLIS = 10;
const POST_MILLIS = 10;
const POOL_SIZE = 200;

/** Token bucket of an account: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
class AccountBucket {
  readonly #quota: RequestQuota;
  readonly #clock: Clock;
  #tokens: number;
  #atMillis: number;

  constructor(quota: RequestQuota, clock: Clock) {
    this.#quota = quota;
    this.#clock = clock;
    this.#tokens = quota.burst;
    this.#atMillis = clock.now();
  }

  take(): boolean {
    const gained = ((this.#clock.now() - this.#atMillis) * this.#quota.requestsPerSecond) / 1000;
    this.#tokens = Math.min(this.#quota.burst, this.#tokens + gained);
    this.#atMillis = this.#clock.now();
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}

interface Options {
  readonly viewers: number;
  readonly intervalMillis: number;
  readonly ticks: number;
  readonly shards: number;
  readonly quota: RequestQuota;
  readonly isPaced?: boolean;
}

/** Sends ticks to viewers while a hundred handshakes per second arrive. */
async function send({ viewers, intervalMillis, ticks, shards, quota, isPaced = true }: Options) {
  const clock = new SimulatedClock(START);
  const bucket = new AccountBucket(quota, clock);
  const counts = { delivered: 0, throttled: 0, shed: 0, refusedHandshakes: 0 };
  const poster: Poster = {
    async prepare() {},
    async post() {
      const isTaken = bucket.take();
      await clock.sleepUntil(clock.now() + POST_MILLIS);
      return isTaken ? 'delivered' : 'throttled';
    },
  };
  const endMillis = START + ticks * intervalMillis;
  const connections = Array.from({ length: viewers }, (_, index) => makeConnection(`${index}`, START));

  async function runShard(shard: number): Promise<void> {
    const ofShard = connections.filter((_, index) => index % shards === shard);
    const pace = new Pace({
      maxInFlight: POOL_SIZE,
      ...(isPaced && { postsPerSecond: postsPerSecond(quota, shards) }),
    });
    for (let boundary = START; boundary < endMillis; boundary += intervalMillis) {
      await clock.sleepUntil(boundary);
      const sequence = sequenceAt(boundary, intervalMillis);
      const deadlineMillis = boundaryMillis(sequence, intervalMillis) + sendWindowMillis(intervalMillis);
      const { report } = await fanOut(
        { sequence, intervalMillis, connections: ofShard, deadlineMillis, pace },
        { clock, poster },
      );
      for (const name of ['delivered', 'throttled', 'shed'] as const) counts[name] += report[name];
    }
  }

  async function shakeHands(): Promise<void> {
    for (; clock.now() < endMillis; await clock.sleepUntil(clock.now() + HANDSHAKE_GAP_MILLIS)) {
      if (!bucket.take()) counts.refusedHandshakes++;
    }
  }

  const running = Promise.all([shakeHands(), ...Array.from({ length: shards }, (_, shard) => runShard(shard))]);
  await clock.advanceTo(endMillis);
  await running;
  return counts;
}

describe('paced ticks', () => {
  const quota = quotaOf('eu-west-1');
  const cases = [
    { viewers: 7_000, intervalMillis: 1_000, ticks: 5, shards: 1, quota },
    { viewers: 7_000, intervalMillis: 1_000, ticks: 5, shards: 16, quota },
    { viewers: 1_750, intervalMillis: 1_000, ticks: 5, shards: 4, quota: quotaOf('eu-south-2') },
    { viewers: 70_000, intervalMillis: 10_000, ticks: 2, shards: 1, quota },
    { viewers: 70_000, intervalMillis: 10_000, ticks: 2, shards: 4, quota },
  ];

  for (const options of cases) {
    const { viewers, intervalMillis, ticks, shards } = options;
    const what = `${viewers} viewers, one tick in ${intervalMillis / 1000} s, shards: ${shards}`;
    it(`reach all viewers, and no handshake is refused (${what}, quota: ${options.quota.requestsPerSecond})`, async () => {
      assert.deepEqual(await send(options), {
        delivered: viewers * ticks,
        throttled: 0,
        shed: 0,
        refusedHandshakes: 0,
      });
    });
  }

  it('reach the number of viewers that the synthesis allows for a quota', async () => {
    const viewers = viewersThatFit(quota, 1, 1);
    const { shed, throttled } = await send({ viewers, intervalMillis: 1_000, ticks: 3, shards: 1, quota });

    assert.deepEqual([viewers, shed, throttled], [7_200, 0, 0]);
  });

  it('leave capacity for handshakes, which are refused without the pace', async () => {
    const options = { viewers: 7_000, intervalMillis: 1_000, ticks: 2, shards: 4, quota, isPaced: false };
    const { throttled, refusedHandshakes } = await send(options);

    assert.ok(throttled > 0 && refusedHandshakes > 0, `${throttled}, ${refusedHandshakes}`);
  });
});
