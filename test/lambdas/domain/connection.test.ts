import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isExpired, makeConnection, partitionOf } from '../../../lambdas/domain/connection.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
import { PARTITION_COUNT } from '../../../protocol/limits.ts';

describe('a connection', () => {
  it('expires two hours and ten minutes after it opened, in Unix seconds', () => {
    const connectedAtMillis = Date.UTC(2026, 0, 1, 12, 0, 0, 789);

    const connection = makeConnection('L0SM9cOFvHcCIhw=', connectedAtMillis, { viewerId: '12' });

    assert.deepEqual(connection, {
      connectionId: 'L0SM9cOFvHcCIhw=',
      connectedAtMillis,
      expiresAtSeconds: Date.UTC(2026, 0, 1, 14, 10) / 1000,
      viewerId: '12',
    });
    assert.equal(isExpired(connection, Date.UTC(2026, 0, 1, 14, 9, 59, 999)), false);
    assert.equal(isExpired(connection, Date.UTC(2026, 0, 1, 14, 10)), true);
  });

  it('is always in the same partition', () => {
    // Changing these values would make existing rows unreachable.
    const ids = ['L0SM9cOFvHcCIhw=', 'F5q8KcB8oAMCIzQ=', 'Zm9vYmFyYmF6cXV='];
    assert.deepEqual(ids.map(partitionOf), [13, 8, 13]);
  });

  it('is in each partition with equal probability', () => {
    const counts = new Array<number>(PARTITION_COUNT).fill(0);
    for (let n = 0; n < 16_000; n++) {
      const partition = partitionOf(makeGatewayId());
      counts[partition] = (counts[partition] ?? 0) + 1;
    }

    // A thousand each. Seven standard deviations are 215.
    for (const count of counts) assert.ok(Math.abs(count - 1000) < 215, `${counts}`);
  });
});
