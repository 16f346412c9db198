// What the cost multiplies: by hand, and against what the code really does.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ASSUMPTIONS, STACK } from '../../cost/assumptions.ts';
import { MONTH_SECONDS, monthlyCost, relayUse, type Usage } from '../../cost/monthly-cost.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import { DEFAULT_BROADCAST_MEMORY, PARTITION_COUNT, SHARD_COUNTS } from '../../protocol/limits.ts';
import { Prober } from '../../web/src/client/prober.ts';
import { inWorker } from '../support/in-worker.ts';
import type { Observation } from './observe-relay.ts';

const START = 1_763_861_880_000;

function itemOf(usage: Usage, service: string, what: string) {
  const item = monthlyCost(usage).items.find((item) => item.service === service && item.what === what);
  assert.ok(item, `${service} has no ${what}`);
  return item;
}

function isClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} is not ${expected}`);
}

describe('the cost of a month', () => {
  const one = { viewers: 1, intervalSeconds: 1 };

  // By hand: 30 days are 2,592,000 seconds and 43,200 minutes.
  for (const [usage, service, what, quantity, usd] of [
    [one, 'API Gateway', 'ticks', 2_592_000, 2.592],
    [one, 'API Gateway', 'connection minutes', 43_200, 0.0108],
    // One in 60 s, and 14 with each of 411.4 connections; then one in 150 s.
    [one, 'API Gateway', 'sync probes and answers', 97_920, 0.097_92],
    [{ viewers: 1, intervalSeconds: 10 }, 'API Gateway', 'sync probes and answers', 46_080, 0.046_08],
    // 43,200 runners of 122 s at half a GB, each GB-second 0.0000133334.
    [one, 'Lambda', 'broadcast, leader and stand-by', 2_635_200, 35.136_175_68],
    // 124 writes a minute; 62 x 16 queries of half a unit.
    [one, 'DynamoDB', 'claims, write units', 5_356_800, 3.348],
    [one, 'DynamoDB', 'roster, read units', 21_427_200, 2.6784],
    [one, 'EventBridge', 'invocations', 43_200, 0.0432],
    // 116 bytes of text and 26 around them.
    [one, 'CloudFront', 'data to viewers', 0.368_064, 0.031_285_44],
    [{ viewers: 100, intervalSeconds: 10 }, 'API Gateway', 'ticks', 25_920_000, 25.92],
    // 10,000 rows: 625 a partition, 106,314 bytes, 26 x 4 KB, 13 units a query.
    [{ viewers: 10_000, intervalSeconds: 60 }, 'DynamoDB', 'roster, read units', 26_956_800, 3.3696],
    [{ viewers: 10, intervalSeconds: 1, shards: 4 }, 'CloudWatch', 'metrics', 76, 22.8],
  ] as const) {
    it(`has ${what} of ${usage.viewers} viewers at ${usage.intervalSeconds} s`, () => {
      const item = itemOf(usage, service, what);

      isClose(item.quantity, quantity);
      isClose(item.usd, usd);
    });
  }

  it('follows the memory of the functions', () => {
    const gigabyteSeconds = (what: string, more: object) => itemOf({ ...one, ...more }, 'Lambda', what).quantity;
    const broadcast = 'broadcast, leader and stand-by';
    const handlers = 'connect, disconnect, message';

    isClose(gigabyteSeconds(broadcast, { broadcastMemorySize: 2_048 }), 4 * gigabyteSeconds(broadcast, {}));
    isClose(gigabyteSeconds(handlers, { handlerMemorySize: 1_024 }), 4 * gigabyteSeconds(handlers, {}));
    isClose(gigabyteSeconds(handlers, { broadcastMemorySize: 2_048 }), gigabyteSeconds(handlers, {}));
  });

  it('has the transfer of the API instead of CloudFront and its secret without a site', () => {
    const services = (usage: Usage) => new Set(monthlyCost(usage).items.map(({ service }) => service));
    const [itsOwn, bare] = [services(one), services({ ...one, site: false })];

    assert.deepEqual([...itsOwn.difference(bare)], ['CloudFront', 'Secrets Manager']);
    assert.deepEqual([...bare.difference(itsOwn)], ['Data transfer']);
    isClose(itemOf({ ...one, site: false }, 'Data transfer', 'to viewers').usd, 0.368_064 * 0.09);
  });

  it('counts messages beyond the first thousand million at the lower price', () => {
    const usage = { viewers: 1_000, intervalSeconds: 1 };

    // 2,592 million ticks and 97.92 million probes and answers: 1,000 at 1.00 and 1,689.92 at 0.80.
    const usd = itemOf(usage, 'API Gateway', 'ticks').usd + itemOf(usage, 'API Gateway', 'sync probes and answers').usd;

    isClose(usd, 2_351.936);
  });

  const usages = fc.record({
    viewers: fc.integer({ min: 1, max: 1_000_000 }),
    intervalSeconds: fc.integer({ min: 1, max: 59 }),
    shards: fc.constantFrom(...SHARD_COUNTS),
  });
  const usdByItem = (usage: Usage) =>
    new Map(monthlyCost(usage).items.map(({ service, what, usd }) => [`${service} ${what}`, usd]));

  it('is the sum of its items, none of them below zero', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const { items, totalUsd } = monthlyCost(usage);
        isClose(
          totalUsd,
          items.reduce((sum, { usd }) => sum + usd, 0),
        );
        for (const { usd, what } of items) assert.ok(usd >= 0, what);
      }),
    );
  });

  it('grows with the viewers, and no item of it falls', () => {
    fc.assert(
      fc.property(usages, fc.integer({ min: 1, max: 1_000 }), (usage, more) => {
        const bigger = { ...usage, viewers: usage.viewers + more };
        assert.ok(monthlyCost(bigger).totalUsd > monthlyCost(usage).totalUsd);
        const fewer = usdByItem(usage);
        for (const [item, usd] of usdByItem(bigger)) {
          // Of messages at two prices, each kind has its share.
          if (!item.startsWith('API Gateway')) assert.ok(usd >= (fewer.get(item) ?? 0), item);
        }
      }),
    );
  });

  it('falls with the interval, in every item but the runners, who wait longer to be relieved', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const slower = { ...usage, intervalSeconds: usage.intervalSeconds + 1 };
        const faster = usdByItem(usage);
        const messages = (of: Map<string, number>) =>
          (of.get('API Gateway ticks') ?? 0) + (of.get('API Gateway sync probes and answers') ?? 0);
        assert.ok(messages(usdByItem(slower)) < messages(faster));
        for (const [item, usd] of usdByItem(slower)) {
          if (item === 'Lambda broadcast, leader and stand-by') assert.ok(usd > (faster.get(item) ?? 0));
          // A longer interval is a digit more in the text of a tick, now and then.
          else if (!item.startsWith('API Gateway')) assert.ok(usd <= (faster.get(item) ?? 0) * 1.01, item);
        }
      }),
    );
  });
});

const OBSERVER = new URL('./observe-relay.ts', import.meta.url);

describe('what the cost takes from the code', () => {
  it('is the number of metrics of a shard', () => {
    const module = (path: string) => JSON.stringify(new URL(`../../lambdas/${path}`, import.meta.url).href);
    const script = `
      import { makeEmfMetrics } from ${module('aws/emf-metrics.ts')};
      import { Meter } from ${module('domain/measurements.ts')};
      const meter = new Meter();
      meter.total.sent++;
      makeEmfMetrics('broadcast', 0).record(meter.take());`;
    const line = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });

    const [{ Metrics }] = JSON.parse(line)._aws.CloudWatchMetrics;
    assert.equal(Metrics.length, STACK.metricsPerShard);
  });

  it('is what a page asks more than later when it is new', () => {
    for (const gapSeconds of [60, 150, 900]) {
      const probes = probesOf(gapSeconds, 6_300);
      const more = probes - 6_300 / gapSeconds;

      assert.ok(
        more <= ASSUMPTIONS.seriesProbes && more > 0.6 * ASSUMPTIONS.seriesProbes,
        `${probes} at ${gapSeconds} s`,
      );
    }
  });

  it('is the size of a row, as DynamoDB counts it', () => {
    const { connectionId, ...attributes } = makeConnection('L0SM9cOFvHcCIhw=', START, {
      viewerId: 'viewer-1a2b3c4d',
      address: '2001:0db8:85a3:0000:0000:8a2e:0370:7334',
    });
    const row = { partition: `connections#${PARTITION_COUNT - 1}`, id: connectionId, ...attributes };

    const bytes = bytesOf(row);

    assert.ok(bytes <= ASSUMPTIONS.connectionRowBytes && bytes > 0.9 * ASSUMPTIONS.connectionRowBytes, `${bytes}`);
    const layout = { partition: 'connections#15', id: '#layout', shards: 16, sinceMillis: START };
    assert.ok(bytesOf(layout) <= ASSUMPTIONS.layoutRowBytes);
  });

  for (const intervalSeconds of [1, 5, 10, 30, 60]) {
    it(`is what runners do in an hour at one tick in ${intervalSeconds} s`, async () => {
      const { perMinute, runnersMost } = await inWorker<Observation>(OBSERVER, 'observe', intervalSeconds);

      const { writesPerMinute, queriesPerMinute } = relayUse({ viewers: 1, intervalSeconds });
      assert.equal(perMinute.claim + perMinute.standBy + perMinute.arrive, writesPerMinute);
      assert.equal(perMinute.list * PARTITION_COUNT, queriesPerMinute);
      const seconds =
        itemOf({ viewers: 1, intervalSeconds }, 'Lambda', 'broadcast, leader and stand-by').quantity /
        (DEFAULT_BROADCAST_MEMORY / 1024);
      const runners = seconds / MONTH_SECONDS;
      assert.ok(runnersMost <= runners && runners < 1.05 * runnersMost, `${runnersMost} of ${runners}`);
    });
  }
});

/** How often a new page probes in its first seconds. */
function probesOf(maxGapSeconds: number, seconds: number): number {
  let now = 0;
  let count = 0;
  let next: { readonly atMillis: number; act(): void } | undefined;
  const setTimer = (act: () => void, millis: number) => {
    const timer = { atMillis: now + millis, act };
    next = timer;
    return () => {
      if (next === timer) next = undefined;
    };
  };
  const prober = new Prober({ monotonicMillis: () => now, setTimer }, maxGapSeconds * 1000, () => count++);
  prober.hurry();
  prober.start();
  while (next !== undefined && next.atMillis < seconds * 1000) {
    const { atMillis, act } = next;
    [now, next] = [atMillis, undefined];
    act();
  }
  return count;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function bytesOf(row: Record<string, string | number>): number {
  const sizeOf = (value: string | number) =>
    typeof value === 'string' ? value.length : Math.ceil(String(value).length / 2) + 1;
  return Object.entries(row).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
}
