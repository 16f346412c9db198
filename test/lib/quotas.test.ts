// How the clock divides the account's quota of requests, and the warning of a synthesis if the quota is not enough.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { makeApp } from '../../lib/app.ts';
import { postsPerSecond, quotaOf, quotaWarning, viewersThatFit } from '../../lib/quotas.ts';
import { throttleFor } from '../../lib/throttle.ts';
import { TickcastStack, type TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { SHARD_COUNTS } from '../../protocol/limits.ts';

const INTERVALS = Array.from({ length: 60 }, (_, index) => index + 1);

function warningsOf(props: TickcastStackProps): string[] {
  const stack = new TickcastStack(makeApp(), 'Tickcast', props);
  return Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => String(entry.data))
    .filter((text) => text.includes('tickcast:'));
}

describe('the quota of requests', () => {
  it('is a quarter in smaller regions, and can be set', () => {
    const rates = ['eu-west-1', 'us-east-1', 'af-south-1', 'mx-central-1'].map((region) => quotaOf(region));

    assert.deepEqual(rates, [
      { requestsPerSecond: 10_000, burst: 5_000 },
      { requestsPerSecond: 10_000, burst: 5_000 },
      { requestsPerSecond: 2_500, burst: 1_250 },
      { requestsPerSecond: 2_500, burst: 1_250 },
    ]);
    assert.deepEqual(quotaOf('af-south-1', 20_000), { requestsPerSecond: 20_000, burst: 10_000 });
  });

  it('fits 7,200 viewers at 1 s and 72,000 at 10 s, in smaller regions a quarter', () => {
    const fit = (region: string, seconds: number) => viewersThatFit(quotaOf(region), seconds, 1);

    assert.deepEqual([fit('eu-west-1', 1), fit('eu-west-1', 10)], [7_200, 72_000]);
    assert.deepEqual([fit('eu-south-1', 1), fit('eu-south-1', 10)], [1_800, 18_000]);
  });

  for (const region of ['eu-west-1', 'eu-south-1']) {
    it(`is enough for the ticks of the most viewers and for the requests that the API admits, in ${region}`, () => {
      const quota = quotaOf(region);
      for (const shards of SHARD_COUNTS) {
        for (const interval of INTERVALS) {
          const viewers = viewersThatFit(quota, interval, shards);
          const { connects, messages } = throttleFor(viewers, quota);
          const posts = shards * postsPerSecond(quota, shards);
          const admitted = (connects.rateLimit ?? 0) + (messages.rateLimit ?? 0);
          assert.ok(posts + admitted <= quota.requestsPerSecond, `${shards} ${interval}`);

          const handshakes = viewers / (ASSUMPTIONS.connectionMinutes * 60);
          // The most probes: the network allows no small error bound.
          const probes = viewers / Math.max(60, 15 * interval) + handshakes * ASSUMPTIONS.seriesProbes;
          assert.ok(handshakes <= (connects.rateLimit ?? 0) && probes <= (messages.rateLimit ?? 0), `${interval}`);
        }
      }
    });
  }
});

describe('the concurrent executions of a deployment', () => {
  it('are those of its runners, and of the handshakes and messages that the API admits', () => {
    const of = (props: TickcastStackProps) =>
      new TickcastStack(makeApp(), 'Tickcast', props).clock.concurrentExecutions;

    // Three runners, 50 handshakes of 0.15 s and 20 messages of 0.01 s; then four shards with 500 and 1,440.
    assert.deepEqual([of({}), of({ maxViewers: 7_200, shards: 4 })], [11, 102]);
  });
});

describe('the warning of a synthesis', () => {
  it('names the number of viewers, the interval or the quota that would be enough', () => {
    const [text = '', ...others] = warningsOf({ maxViewers: 100_000 });

    assert.deepEqual(others, []);
    assert.match(
      text,
      /^maxViewers is 100000, but at one tick in 1 s the quota is enough for 7200 viewers: it is 10000 requests a second, 80 % of it for ticks\. /,
    );
    assert.match(text, /Lower maxViewers to 7200, set interval to 14 or more, or have AWS raise the quota to 138890 /);
  });

  it('uses the quota of the region', () => {
    const ofRegion = (region: string) =>
      warningsOf({ maxViewers: 5_000, env: { account: '123456789012', region } }).length;

    assert.deepEqual([ofRegion('eu-west-1'), ofRegion('ap-southeast-5')], [0, 1]);
  });

  it('is not given after any of its proposals is followed', () => {
    for (const [maxViewers, intervalSeconds] of [
      [100_000, 1] as const,
      [8_000, 1] as const,
      [1_000_000, 60] as const,
    ]) {
      const settings = { maxViewers, intervalSeconds, shards: 4 };
      const text = quotaWarning(settings, quotaOf('eu-west-1')) ?? '';
      const numberAfter = (words: string) => Number(new RegExp(`${words} (\\d+)`).exec(text)?.[1]);
      const [viewers, interval, quota] = ['maxViewers to', 'interval to', 'the quota to'].map(numberAfter) as [
        number,
        number,
        number,
      ];

      assert.equal(quotaWarning({ ...settings, maxViewers: viewers }, quotaOf('eu-west-1')), undefined);
      assert.equal(quotaWarning(settings, quotaOf('eu-west-1', quota)), undefined);
      if (intervalSeconds < 60) {
        assert.equal(quotaWarning({ ...settings, intervalSeconds: interval }, quotaOf('eu-west-1')), undefined);
      }
    }
  });
});
