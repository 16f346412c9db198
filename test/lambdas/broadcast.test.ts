// The broadcast function as Lambda runs it: environments of its own, the table and the gateway over HTTP.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeDynamoConnectionStore } from '../../lambdas/aws/dynamo-connection-store.ts';
import { makeConnection } from '../../lambdas/domain/connection.ts';
import { CREDENTIALS, REGION, TABLE } from '../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../local/dynamodb.ts';
import { functionVariables } from '../../local/function-variables.ts';
import { Environment } from '../../local/functions/environment.ts';
import { makeTableClient } from '../support/dynamodb.ts';
import { startTestGateway } from '../support/test-gateway.ts';
import { isConsecutive, TestViewer } from '../support/test-viewer.ts';

async function prepare(t: TestContext) {
  const dynamoDb = await startDynamoDb();
  t.after(() => dynamoDb.dispose());
  await createTable({ endpoint: dynamoDb.endpoint, region: REGION, credentials: CREDENTIALS }, TABLE);
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
    'broadcast',
    {
      TABLE_NAME: TABLE.TableName,
      CONNECTIONS_ENDPOINT: endpoint,
      INTERVAL_SECONDS: '1',
      ALLOWED_ORIGINS: 'http://localhost',
    },
    dynamoDb.endpoint,
  );
  const makeEnvironment = (timeoutMillis: number) => {
    const environment = new Environment({
      functionName: 'broadcast',
      handlerUrl: new URL('../../lambdas/broadcast.ts', import.meta.url).href,
      variables,
      timeoutMillis,
      output: (text) => logs.push(text),
    });
    t.after(() => environment.dispose());
    return environment;
  };
  return { viewer: await TestViewer.connect(socketUrl), makeEnvironment, logs };
}

const EVENT = { scheduledAt: '2026-01-01T00:00:00Z' };

describe('the broadcast function', () => {
  it('sends each tick once when one event is delivered twice', async (t) => {
    const { viewer, makeEnvironment, logs } = await prepare(t);
    const [first, second] = [makeEnvironment(8_000), makeEnvironment(8_000)];

    const outcomes = Promise.all([first.invoke('one-request', EVENT), second.invoke('one-request', EVENT)]);
    await viewer.tickCount(4);
    await outcomes;

    assert.ok(isConsecutive(viewer.ticks), JSON.stringify(viewer.ticks));
    const runners = logs.join('').match(/"a runner arrived".*?"runnerId":"[^"]+","requestId":"one-request"/g) ?? [];
    assert.equal(new Set(runners.map((line) => line.match(/"runnerId":"([^"]+)"/)?.[1])).size, 2);
  });

  it('leaves by itself before its timeout, with a report', async (t) => {
    const { viewer, makeEnvironment, logs } = await prepare(t);

    assert.deepEqual(await makeEnvironment(4_500).invoke('request', EVENT), { kind: 'returned', value: null });

    const report = JSON.parse(
      logs
        .join('')
        .split('\n')
        .find((line) => line.includes('"a runner left"')) ?? '',
    );
    assert.equal(report.left, 'time is up');
    assert.equal(report.missed, 0);
    assert.equal(report.posts.delivered, viewer.ticks.length);
    assert.ok(viewer.ticks.length >= 1);
  });
});
