// The monthly cost, compared with figures calculated by hand and with the code that causes the cost.

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

function assertClose(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `got ${actual}, expected ${expected}`);
}

describe('the cost of a month', () => {
  const one = { viewers: 1, intervalSeconds: 1 };

  // Calculated by hand: 30 days have 2,592,000 seconds and 43,200 minutes.
  for (const [usage, service, what, quantity, usd] of [
    [one, 'API Gateway', 'ticks', 2_592_000, 2.592],
    [one, 'API Gateway', 'connection minutes', 43_200, 0.0108],
    // At 1 s: a probe every 125 s, and 13 with each of 411.4 connections, each with an answer. At 10 s: one every 150
    // s.
    [one, 'API Gateway', 'sync probes and answers', 52_169.142_857, 0.052_169_142_857],
    [{ viewers: 1, intervalSeconds: 10 }, 'API Gateway', 'sync probes and answers', 45_257.142_857, 0.045_257_142_857],
    // 61.65 s a minute with half a GB, at 0.0000133334 a GB-second: 60 s, half an interval, and 23 guards of 0.05 s.
    [one, 'Lambda', 'broadcast', 1_331_640, 17.755_288_776],
    // Per minute: 60 won claims and 1.2 lost ones. 24 runners read the relay, and again after the lost claims. The
    // roster is read twice, with 16 queries each.
    [one, 'DynamoDB', 'claims, write units', 2_643_840, 1.652_4],
    [one, 'DynamoDB', 'relay, read units', 1_088_640, 0.136_08],
    [{ viewers: 0, intervalSeconds: 1 }, 'DynamoDB', 'roster, read units', 1_382_400, 0.172_8],
    // Per minute: 21 requests with 23 messages, three more requests for each message, and 15 polls.
    [one, 'SQS', 'messages, requests', 3_888_000, 1.555_2],
    [one, 'SQS', 'polling, requests', 648_000, 0.259_2],
    // Per minute: 6 ticks of 2 s and one paced post each, and 8 short runs of 0.05 s.
    [{ viewers: 1, intervalSeconds: 10 }, 'Lambda', 'broadcast', 267_856.2, 3.571_433_857_08],
    // Per minute: 7 requests with 13 messages, and three more requests for each message.
    [{ viewers: 1, intervalSeconds: 10 }, 'SQS', 'messages, requests', 1_987_200, 0.794_88],
    [one, 'EventBridge', 'invocations', 43_200, 0.0432],
    // 116 bytes of text and 26 bytes of overhead.
    [one, 'CloudFront', 'data to viewers', 0.368_064, 0.031_285_44],
    [{ viewers: 100, intervalSeconds: 10 }, 'API Gateway', 'ticks', 25_920_000, 25.92],
    // 10,000 rows: 625 in a partition, 106,314 bytes, so 26 units a query. 16 queries a minute.
    [{ viewers: 10_000, intervalSeconds: 60 }, 'DynamoDB', 'roster, read units', 17_971_200, 2.2464],
    [{ viewers: 10, intervalSeconds: 1, shards: 4 }, 'CloudWatch', 'metrics', 28, 8.4],
    [{ viewers: 10, intervalSeconds: 1, shards: 4 }, 'SQS', 'polling, requests', 2_592_000, 1.036_8],
  ] as const) {
    it(`includes ${service} ${what} for ${usage.viewers} viewers at ${usage.intervalSeconds} s`, () => {
      const item = itemOf(usage, service, what);

      assertClose(item.quantity, quantity);
      assertClose(item.usd, usd);
    });
  }

  it('is proportional to the memory of the functions', () => {
    const gigabyteSeconds = (what: string, more: object) => itemOf({ ...one, ...more }, 'Lambda', what).quantity;
    const broadcast = 'broadcast';
    const handlers = 'connect, disconnect, message';

    assertClose(gigabyteSeconds(broadcast, { broadcastMemorySize: 2_048 }), 4 * gigabyteSeconds(broadcast, {}));
    assertClose(gigabyteSeconds(handlers, { handlerMemorySize: 1_024 }), 4 * gigabyteSeconds(handlers, {}));
    assertClose(gigabyteSeconds(handlers, { broadcastMemorySize: 2_048 }), gigabyteSeconds(handlers, {}));
  });

  it('includes data transfer instead of CloudFront and its secret without a site', () => {
    const services = (usage: Usage) => new Set(monthlyCost(usage).items.map(({ service }) => service));
    const [withSite, withoutSite] = [services(one), services({ ...one, site: false })];

    assert.deepEqual([...withSite.difference(withoutSite)], ['CloudFront', 'Secrets Manager']);
    assert.deepEqual([...withoutSite.difference(withSite)], ['Data transfer']);
    assertClose(itemOf({ ...one, site: false }, 'Data transfer', 'to viewers').usd, 0.368_064 * 0.09);
  });

  it('charges messages beyond the first thousand million at the lower price', () => {
    const usage = { viewers: 1_000, intervalSeconds: 1 };

    // 2,592 million ticks, 52.169 million probes and answers: 1,000 at 1.00 and 1,644.169 at 0.80.
    const usd = itemOf(usage, 'API Gateway', 'ticks').usd + itemOf(usage, 'API Gateway', 'sync probes and answers').usd;

    assertClose(usd, 2_315.335_314_285_714);
  });

  const usages = fc.record({
    viewers: fc.integer({ min: 1, max: 1_000_000 }),
    intervalSeconds: fc.integer({ min: 1, max: 59 }),
    shards: fc.constantFrom(...SHARD_COUNTS),
  });
  const usdByItem = (usage: Usage) =>
    new Map(monthlyCost(usage).items.map(({ service, what, usd }) => [`${service} ${what}`, usd]));

  it('is the sum of its items, and no item is negative', () => {
    fc.assert(
      fc.property(usages, (usage) => {
        const { items, totalUsd } = monthlyCost(usage);
        assertClose(
          totalUsd,
          items.reduce((sum, { usd }) => sum + usd, 0),
        );
        for (const { usd, what } of items) assert.ok(usd >= 0, what);
      }),
    );
  });

  it('increases with the viewers, and no item decreases', () => {
    fc.assert(
      fc.property(usages, fc.integer({ min: 1, max: 1_000 }), (usage, more) => {
        const bigger = { ...usage, viewers: usage.viewers + more };
        assert.ok(monthlyCost(bigger).totalUsd > monthlyCost(usage).totalUsd);
        const fewer = usdByItem(usage);
        for (const [item, usd] of usdByItem(bigger)) {
          // Ticks and probes share two prices in proportion, so the share of one may fall.
          if (!item.startsWith('API Gateway')) assert.ok(usd >= (fewer.get(item) ?? 0), item);
        }
      }),
    );
  });

  it('decreases with the interval, if runners sleep at both or at neither, and guards are not sent more often', () => {
    // A leader sends guards after ticks: every 4 s at an interval of 2 s, but every 3 s at 3 s.
    const guardGap = (seconds: number) => Math.ceil(RELAY.guardSeconds / seconds) * seconds;
    fc.assert(
      fc.property(usages, fc.integer({ min: 1, max: 30 }), (usage, more) => {
        const slower = { ...usage, intervalSeconds: usage.intervalSeconds + more };
        const isSleeping = ({ intervalSeconds }: Usage) => intervalSeconds >= RELAY.sleepFromSeconds;
        fc.pre(isSleeping(usage) === isSleeping(slower) && slower.intervalSeconds <= 60);
        fc.pre(isSleeping(usage) || guardGap(slower.intervalSeconds) >= guardGap(usage.intervalSeconds));
        assert.ok(monthlyCost(slower).totalUsd < monthlyCost(usage).totalUsd);
      }),
    );
  });

  it('stays below the promised maximum for ten viewers', () => {
    const usdAt = (intervalSeconds: number) => monthlyCost({ viewers: 10, intervalSeconds }).totalUsd;

    assert.ok(usdAt(1) <= 61, `$${usdAt(1)}`);
    assert.ok(usdAt(10) <= 21, `$${usdAt(10)}`);
    assert.ok(usdAt(60) <= 14, `$${usdAt(60)}`);
  });
});

describe('the assumptions of the cost', () => {
  it('include the number of probes of a page in one connection', () => {
    for (const intervalSeconds of [1, 10, 60]) {
      const counted = averageProbes(intervalSeconds);
      const assumed =
        (ASSUMPTIONS.connectionMinutes * 60) / probeGapSeconds(intervalSeconds) + ASSUMPTIONS.seriesProbes;

      assert.ok(
        counted <= assumed && counted > 0.8 * assumed,
        `counted ${counted} at ${intervalSeconds} s, assumed ${assumed}`,
      );
    }
  });

  it('include the size of a row, as DynamoDB counts it', () => {
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

/** @returns the average number of probes in one connection of a viewer with a round trip of 30 ms */
function averageProbes(intervalSeconds: number): number {
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
