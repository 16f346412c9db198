// The reads of the stores. The local DynamoDB is always consistent, so the test checks the requests.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { GetCommandInput, QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { makeDynamoConnectionStore } from '../../../lambdas/aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import { partitionsOf } from '../../../lambdas/domain/layout.ts';
import { makeTestTable } from '../../support/dynamodb.ts';

async function prepare(t: TestContext) {
  const { client, tableName } = await makeTestTable(t);
  const inputs: (GetCommandInput | QueryCommandInput)[] = [];
  client.middlewareStack.add(
    (next) => (args) => {
      inputs.push(args.input as GetCommandInput | QueryCommandInput);
      return next(args);
    },
    { step: 'initialize', priority: 'high' },
  );
  return { client, tableName, inputs };
}

describe('the stores', () => {
  it('read a roster with one strongly consistent query for each partition', async (t) => {
    const { client, tableName, inputs } = await prepare(t);

    await makeDynamoConnectionStore(client, tableName).list(partitionsOf(1, 4), Date.now());

    assert.deepEqual(
      inputs.map(({ ConsistentRead }) => ConsistentRead),
      [true, true, true, true],
    );
  });

  it('read a relay with one strongly consistent read', async (t) => {
    const { client, tableName, inputs } = await prepare(t);

    await makeDynamoRelayStore(client, tableName, { shard: 0, shards: 1 }).read();

    assert.deepEqual(
      inputs.map(({ ConsistentRead }) => ConsistentRead),
      [true],
    );
  });
});
