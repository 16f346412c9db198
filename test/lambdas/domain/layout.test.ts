import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partitionOf } from '../../../lambdas/domain/connection.ts';
import { isSuperseded, partitionsOf, shardOf } from '../../../lambdas/domain/layout.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
import { PARTITION_COUNT, SHARD_COUNTS } from '../../../protocol/limits.ts';
import { runInWorker } from '../../support/in-worker.ts';

function shardNumbers(shards: number): number[] {
  return [...Array(shards).keys()];
}

describe('shards', () => {
  for (const shards of SHARD_COUNTS) {
    it(`divide the partitions between ${shards}, and the viewers about evenly`, () => {
      const partitions = shardNumbers(shards).flatMap((shard) => partitionsOf(shard, shards));
      assert.deepEqual(
        partitions.sort((a, b) => a - b),
        [...Array(PARTITION_COUNT).keys()],
      );

      const counts = new Array<number>(shards).fill(0);
      for (let viewer = 0; viewer < 16_000; viewer++) {
        const shard = shardOf(partitionOf(makeGatewayId()), shards);
        counts[shard] = (counts[shard] ?? 0) + 1;
      }
      for (const count of counts) {
        const share = 16_000 / shards;
        // Six standard deviations of a uniform draw.
        assert.ok(Math.abs(count - share) <= 6 * Math.sqrt(share), `${counts}`);
      }
    });
  }

  it('are superseded by a later layout with another number of shards', () => {
    const own = { shards: 2, sinceMillis: 1_000 };

    assert.equal(isSuperseded(own, undefined), false);
    assert.equal(isSuperseded(own, { shards: 2, sinceMillis: 2_000 }), false);
    assert.equal(isSuperseded(own, { shards: 4, sinceMillis: 2_000 }), true);
    assert.equal(isSuperseded(own, { shards: 4, sinceMillis: 500 }), false);
  });
});

describe('a deployment that changes the number of shards', () => {
  it('loses no tick of any viewer, sends few twice, and ends the old runners', () =>
    runInWorker(new URL('./redeployments.ts', import.meta.url), 'loseNoViewer', 40));
});
