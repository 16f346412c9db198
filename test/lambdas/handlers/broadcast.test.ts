// The broadcast function as Lambda runs it: environments of its own, the table and the gateway over HTTP.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDynamoConnectionStore } from '../../../lambdas/aws/dynamo-connection-store.ts';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { TABLE } from '../../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../../local/dynamodb.ts';
import { functionVariables } from '../../../local/function-variables.ts';
import { Environment } from '../../../local/functions/environment.ts';
import { LocalFunction } from '../../../local/functions/local-function.ts';
import { makeTableClient } from '../../support/dynamodb.ts';
import { despiteStalls } from '../../support/stalls.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { isConsecutive, TestViewer } from '../../support/test-viewer.ts';

async function prepare(t: TestContext) {
  const dynamoDb = await startDynamoDb();
  t.after(() => dynamoDb.dispose());
  await createTable(dynamoDb, TABLE);
  const client = makeTableClient(dynamoDb.endpoint);
  t.after(() => client.destroy());
  const store = makeDynamoConnectionStore(client, TABLE.TableName);
  const { socketUrl, endpoint } = await startTestGateway(t, {
    async $connect({ requestContext: { connectionId, connectedAt } }) {
      await store.put(makeConnection(connectionId, connectedAt));
      return { statusCode: 200 };
    },
  });
  const logs: string[] = [];
  const variables = functionVariables(
    {
      TABLE_NAME: TABLE.TableName,
      CONNECTIONS_ENDPOINT: endpoint,
      INTERVAL_SECONDS: '1',
      SHARDS: '1',
      MAX_VIEWERS_PER_ADDRESS: 'unlimited',
      LAMBDA_ENDPOINT: 'http://127.0.0.1:9',
      POOL_SIZE: '200',
    },
    dynamoDb.endpoint,
  );
  const makeEnvironment = (timeoutMillis: number) => {
    const environment = new Environment({
      functionName: 'broadcast',
      handlerUrl: new URL('../../../dist/functions/broadcast/index.js', import.meta.url).href,
      variables,
      timeoutMillis,
      output: (text) => logs.push(text),
    });
    t.after(() => environment.dispose());
    return environment;
  };
  /** The JSON of each line that the function wrote. */
  const lines = () =>
    logs
      .join('')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { viewer: await TestViewer.connect(socketUrl), makeEnvironment, lines, variables, logs };
}

const EVENT = { scheduledAt: '2026-01-01T00:00:00Z', shard: 0 };

describe('the broadcast function', () => {
  it(
    'sends each tick once when one event is delivered twice',
    despiteStalls(async (t) => {
      const { viewer, makeEnvironment, lines } = await prepare(t);
      const [first, second] = [makeEnvironment(8_000), makeEnvironment(8_000)];

      const outcomes = Promise.all([first, second].map((environment) => environment.invoke('one-request', EVENT)));
      await viewer.tickCount(4);
      const returned = { kind: 'returned', value: null };
      assert.deepEqual(await outcomes, [returned, returned]);

      assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
      while (lines().filter(({ message }) => message === 'a runner left').length < 2) await sleep(10);
      const arrivals = lines().filter(({ message }) => message === 'a runner arrived');
      assert.deepEqual(
        arrivals.map(({ requestId }) => requestId),
        ['one-request', 'one-request'],
      );
      assert.equal(new Set(arrivals.map(({ runnerId }) => runnerId)).size, 2);
    }),
  );

  it(
    'leaves by itself before its timeout, with a report and its metrics',
    despiteStalls(async (t) => {
      const { viewer, makeEnvironment, lines } = await prepare(t);

      assert.deepEqual(await makeEnvironment(4_500).invoke('request', EVENT), { kind: 'returned', value: null });

      // What a thread has written arrives a little later.
      while (!lines().some(({ message }) => message === 'a runner left')) await sleep(10);
      const report = lines().find(({ message }) => message === 'a runner left');
      assert.equal(report.left, 'time is up');
      assert.equal(report.missed, 0);
      assert.equal(report.posts.delivered, viewer.ticks.length);
      assert.ok(viewer.ticks.length >= 1);
      const metrics = lines().filter((line) => '_aws' in line);
      assert.equal(metrics.length, 1);
      const [{ _aws, ...record }] = metrics;
      assert.equal(_aws.CloudWatchMetrics[0].Namespace, 'Tickcast');
      assert.deepEqual(
        [record.Viewers, record.TicksSent, record.PostsDelivered, record.shard],
        [1, viewer.ticks.length, viewer.ticks.length, '0'],
      );
      const declared = _aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name);
      assert.ok(declared.includes('AgeP99') && declared.every((name: string) => name in record));
    }),
  );

  it('ends its environment on an unforeseen error, and logs it once', async (t) => {
    const { variables, logs } = await prepare(t);
    const fn = new LocalFunction({
      functionName: 'broadcast',
      handlerUrl: new URL('../../../dist/functions/broadcast/index.js', import.meta.url).href,
      variables,
      timeoutMillis: 8_000,
      output: (text) => logs.push(text),
    });
    t.after(() => fn.dispose());

    for (let run = 1; run <= 2; run++) {
      const outcome = await fn.invoke(null);

      assert.ok(outcome.kind === 'threw');
      assert.match(outcome.error, /^TypeError: Cannot destructure .+\n {4}at /);
      assert.equal(fn.environmentCount, 0, 'the environment is not used again');
      assert.equal(logs.join('').match(/Cannot destructure/g)?.length, run);
    }
  });

  it('leaves at once when its shard does not exist any more', async (t) => {
    const { makeEnvironment, lines } = await prepare(t);

    await makeEnvironment(4_500).invoke('request', { ...EVENT, shard: 1 });

    while (lines().length === 0) await sleep(10);
    assert.deepEqual(
      lines().map(({ message, shard, shards }) => ({ message, shard, shards })),
      [{ message: 'there is no such shard', shard: 1, shards: 1 }],
    );
  });
});
