// What the cost multiplies: by hand, and against what the code really does.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { monthlyCost, probeGapSeconds, type Usage } from '../../cost/monthly-cost.ts';
import { RELAY } from '../../cost/relay-use.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import { PARTITION_COUNT, SHARD_COUNTS } from '../../protocol/limits.ts';
import { makeWorld } from '../support/simulated-viewer.ts';
import { makeRandom } from '../support/timeline.ts';

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
    // One in 125 s, and 13 with each of 411.4 connections; then one in 150 s.
    [one, 'API Gateway', 'sync probes and answers', 52_169.142_857, 0.052_169_142_857],
    [{ viewers: 1, intervalSeconds: 10 }, 'API Gateway', 'sync probes and answers', 45_257.142_857, 0.045_257_142_857],
    // 61.65 s a minute at half a GB, each GB-second 0.0000133334: 60, half an interval, 23 guards of 0.05 s.
    [one, 'Lambda', 'broadcast', 1_331_640, 17.755_288_776],
    // 60 claims a minute that are won and 1.2 that are lost; 24 runners read the relay, two of them the roster, 16 queries each.
    [one, 'DynamoDB', 'claims, write units', 2_643_840, 1.652_4],
    [one, 'DynamoDB', 'relay, read units', 1_088_640, 0.136_08],
    [{ viewers: 0, intervalSeconds: 1 }, 'DynamoDB', 'roster, read units', 1_382_400, 0.172_8],
    // 21 requests with 23 messages a minute, each of which costs three more; 15 polls.
    [one, 'SQS', 'messages, requests', 3_888_000, 1.555_2],
    [one, 'SQS', 'polling, requests', 648_000, 0.259_2],
    // 6 ticks a minute of 2 s and of one paced post; one run of the schedule, six guards and one more, of 0.05 s.
    [{ viewers: 1, intervalSeconds: 10 }, 'Lambda', 'broadcast', 267_856.2, 3.571_433_857_08],
    // 7 requests a minute with 13 messages, each of which costs three more.
    [{ viewers: 1, intervalSeconds: 10 }, 'SQS', 'messages, requests', 1_987_200, 0.794_88],
    [one, 'EventBridge', 'invocations', 43_200, 0.0432],
    // 116 bytes of text and 26 around them.
    [one, 'CloudFront', 'data to viewers', 0.368_064, 0.031_285_44],
    [{ viewers: 100, intervalSeconds: 10 }, 'API Gateway', 'ticks', 25_920_000, 25.92],
    // 10,000 rows: 625 a partition, 106,314 bytes, 26 x 4 KB, 26 units a query, once a minute.
    [{ viewers: 10_000, intervalSeconds: 60 }, 'DynamoDB', 'roster, read units', 17_971_200, 2.2464],
    [{ viewers: 10, intervalSeconds: 1, shards: 4 }, 'CloudWatch', 'metrics', 28, 8.4],
    [{ viewers: 10, intervalSeconds: 1, shards: 4 }, 'SQS', 'polling, requests', 2_592_000, 1.036_8],
  ] as const) {
    it(`has ${what} of ${usage.viewers} viewers at ${usage.intervalSeconds} s`, () => {
      const item = itemOf(usage, service, what);

      isClose(item.quantity, quantity);
      isClose(item.usd, usd);
    });
  }

  it('follows the memory of the functions', () => {
    const gigabyteSeconds = (what: string, more: object) => itemOf({ ...one, ...more }, 'Lambda', what).quantity;
    const broadcast = 'broadcast';
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

    // 2,592 million ticks, 52.169 million probes and answers: 1,000 at 1.00 and 1,644.169 at 0.80.
    const usd = itemOf(usage, 'API Gateway', 'ticks').usd + itemOf(usage, 'API Gateway', 'sync probes and answers').usd;

    isClose(usd, 2_315.335_314_285_714);
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

  it('falls with the interval as far as runners stay awake, and from where they sleep', () => {
    fc.assert(
      fc.property(usages, fc.integer({ min: 1, max: 30 }), (usage, more) => {
        const slower = { ...usage, intervalSeconds: usage.intervalSeconds + more };
        const isSleeping = ({ intervalSeconds }: Usage) => intervalSeconds >= RELAY.sleepFromSeconds;
        fc.pre(isSleeping(usage) === isSleeping(slower) && slower.intervalSeconds <= 60);
        assert.ok(monthlyCost(slower).totalUsd < monthlyCost(usage).totalUsd);
      }),
    );
  });

  it('is what was promised for ten viewers', () => {
    const usdAt = (intervalSeconds: number) => monthlyCost({ viewers: 10, intervalSeconds }).totalUsd;

    assert.ok(usdAt(1) <= 61, `$${usdAt(1)}`);
    assert.ok(usdAt(10) <= 21, `$${usdAt(10)}`);
    assert.ok(usdAt(60) <= 14, `$${usdAt(60)}`);
  });
});

describe('what the cost takes from the code', () => {
  it('is how often a page probes in one connection', () => {
    for (const intervalSeconds of [1, 10, 60]) {
      const counted = probesOf(intervalSeconds);
      const assumed =
        (ASSUMPTIONS.connectionMinutes * 60) / probeGapSeconds(intervalSeconds) + ASSUMPTIONS.seriesProbes;

      assert.ok(
        counted <= assumed && counted > 0.8 * assumed,
        `${counted} at ${intervalSeconds} s, ${assumed} are assumed`,
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
});

/** How often a viewer with a round trip of 30 ms probes in one connection, on average. */
function probesOf(intervalSeconds: number): number {
  const viewers = 20;
  let probes = 0;
  for (let seed = 1; seed <= viewers; seed++) {
    const random = makeRandom(seed);
    const delayMillis = () => 10 - 5 * Math.log(1 - random());
    const { timeline, service, client, device } = makeWorld({
      network: { upMillis: delayMillis, downMillis: delayMillis },
      server: { intervalMillis: 1_000 * intervalSeconds, latenessMillis: () => 20 * random() },
    });
    device.driftPpm = 100 * random() - 50;
    client.connect();
    timeline.advance(ASSUMPTIONS.connectionMinutes * 60_000);
    probes += service.probes;
  }
  return probes / viewers;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html */
function bytesOf(row: Record<string, string | number>): number {
  const sizeOf = (value: string | number) =>
    typeof value === 'string' ? value.length : Math.ceil(String(value).length / 2) + 1;
  return Object.entries(row).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0);
}
