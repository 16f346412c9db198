// The `$connect` function in environments like Lambda's, with table and queue over HTTP: the places of viewers in the
// relay, and the waking of a runner.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeDynamoConnectionStore } from '../../../lambdas/aws/dynamo-connection-store.ts';
import { makeDynamoRelayStore } from '../../../lambdas/aws/dynamo-relay-store.ts';
import { partitionsOf } from '../../../lambdas/domain/layout.ts';
import { REGION, TABLE } from '../../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../../local/dynamodb.ts';
import { environmentsOf, functionVariables } from '../../../local/function-variables.ts';
import { LocalFunction } from '../../../local/functions/local-function.ts';
import { makeGatewayId } from '../../../local/gateway/identifiers.ts';
import { makeTableClient } from '../../support/dynamodb.ts';
import { startRecordingQueue } from '../../support/recording-queue.ts';
import { retryOnStalls } from '../../support/stalls.ts';

const HOUR = 3_600_000;

interface Settings {
  readonly maxViewers?: number;
  readonly maxViewersPerAddress?: number;
  readonly queueUrl?: string;
}

async function prepare(t: TestContext, { queueUrl, ...settings }: Settings = {}) {
  const dynamoDb = await startDynamoDb();
  t.after(() => dynamoDb.dispose());
  await createTable(dynamoDb, TABLE);
  const client = makeTableClient(dynamoDb.endpoint);
  t.after(() => client.destroy());
  const queue = await startRecordingQueue(t);
  const { connect } = environmentsOf(
    // With a long interval, a claim counts as recent during the whole test.
    { ...settings, intervalSeconds: 60 },
    { connectionsEndpoint: '', wakeQueueUrls: [queueUrl ?? queue.queueUrl], origins: ['http://localhost'] },
  );
  const output: string[] = [];
  const fn = new LocalFunction({
    functionName: 'connect',
    handlerUrl: new URL('../../../dist/functions/connect/index.js', import.meta.url).href,
    variables: functionVariables(connect, dynamoDb.endpoint),
    timeoutMillis: 10_000,
    region: REGION,
    maxEnvironments: 4,
    output: (text) => output.push(text),
  });
  t.after(() => fn.dispose());
  const connections = makeDynamoConnectionStore(client, TABLE.TableName);
  return {
    relay: makeDynamoRelayStore(client, TABLE.TableName, { shard: 0, shards: 1 }),
    sent: queue.sent,
    output: () => output.join(''),
    viewerIds: async () =>
      (await connections.list(partitionsOf(0, 1), Date.now())).connections.map(({ viewerId }) => viewerId).sort(),
    /** Invokes the function for a new viewer. @returns status and body of the result */
    async connect(viewerId: string, address = '203.0.113.7') {
      const now = Date.now();
      const outcome = await fn.invoke({
        requestContext: {
          connectionId: makeGatewayId(),
          connectedAt: now,
          requestTimeEpoch: now,
          identity: { sourceIp: address },
        },
        headers: {},
        queryStringParameters: { id: viewerId },
      });
      assert.ok(outcome.kind === 'returned', JSON.stringify(outcome));
      return outcome.value as { readonly statusCode: number; readonly body?: string };
    },
  };
}

const viewers = (count: number) => Array.from({ length: count }, (_, index) => `viewer-${index}`);
const countStatus = (answers: readonly { readonly statusCode: number }[], statusCode: number) =>
  answers.filter((answer) => answer.statusCode === statusCode).length;

describe('$connect, when no runner is running', () => {
  it('takes a place for the viewer, and wakes a runner with three messages', async (t) => {
    const { relay, sent, viewerIds, connect } = await prepare(t);

    assert.deepEqual(await connect('one'), { statusCode: 200 });

    assert.deepEqual(await viewerIds(), ['one']);
    assert.equal((await relay.read()).arrivals, 1);
    const [{ sentBy } = { sentBy: '' }] = sent;
    assert.match(sentBy, /^[\w-]{15}=$/);
    const wake = { shard: 0, reason: 'wake', sentBy };
    assert.deepEqual(sent, [
      { ...wake, delaySeconds: 0 },
      { ...wake, delaySeconds: 1 },
      { ...wake, delaySeconds: 2 },
    ]);
  });

  it(
    'wakes one runner when many viewers connect at once',
    retryOnStalls(async (t) => {
      const { relay, sent, connect } = await prepare(t);
      // Start the environments with viewers that are refused before the relay is read.
      await Promise.all(viewers(4).map((id) => connect(`${id}\0`)));

      // Only a few, because after two seconds another viewer may wake a runner.
      const answers = await Promise.all(viewers(8).map((id) => connect(id)));

      assert.equal(countStatus(answers, 200), 8);
      assert.equal((await relay.read()).arrivals, 8);
      assert.deepEqual(
        sent.map(({ delaySeconds }) => delaySeconds),
        [0, 1, 2],
      );
      assert.equal(new Set(sent.map(({ sentBy }) => sentBy)).size, 1);
    }),
  );

  it('wakes a runner when the last boundary is void', async (t) => {
    const { relay, sent, connect } = await prepare(t);
    await relay.claim(Date.now() + HOUR, 'wrong');

    assert.equal((await connect('one')).statusCode, 200);

    assert.equal(sent.length, 3);
  });

  it('admits the viewer when the queue cannot be reached, and logs why', async (t) => {
    const { viewerIds, connect, output } = await prepare(t, { queueUrl: 'http://127.0.0.1:9/000000000000/wake' });

    assert.equal((await connect('one')).statusCode, 200);

    assert.deepEqual(await viewerIds(), ['one']);
    while (!output().includes('could not wake a runner; the schedule will start one')) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  });
});

describe('$connect, when a runner is running', () => {
  it('takes a place for the viewer, and wakes no runner', async (t) => {
    const { relay, sent, viewerIds, connect } = await prepare(t);
    await relay.claim(Date.now(), 'leader');

    assert.equal((await connect('one')).statusCode, 200);

    assert.deepEqual(await viewerIds(), ['one']);
    assert.equal((await relay.read()).arrivals, 1);
    assert.deepEqual(sent, []);
  });

  it('admits exactly maxViewers when more viewers connect at once', async (t) => {
    const { relay, viewerIds, connect } = await prepare(t, { maxViewers: 7 });
    await relay.claim(Date.now(), 'leader');

    const answers = await Promise.all(viewers(30).map((id) => connect(id)));

    assert.equal(countStatus(answers, 200), 7);
    assert.equal(countStatus(answers, 429), 23);
    assert.equal(answers.find(({ statusCode }) => statusCode === 429)?.body, 'all 7 places for viewers are taken');
    const admitted = viewers(30).filter((_, index) => answers[index]?.statusCode === 200);
    assert.deepEqual(await viewerIds(), admitted.sort());
    const { arrivals } = await relay.read();
    assert.equal(arrivals, 7);

    // Two of the admitted viewers have left.
    await relay.claim(Date.now() + 1, 'leader', { viewers: 5, arrivals, crowdedAddresses: [] });
    const later = await Promise.all(viewers(5).map((id) => connect(`later-${id}`)));
    assert.equal(countStatus(later, 200), 2);
  });

  it('refuses a viewer from a crowded address, and admits one from another address', async (t) => {
    const { relay, viewerIds, connect } = await prepare(t, { maxViewersPerAddress: 2 });
    await relay.claim(Date.now(), 'leader', { viewers: 2, arrivals: 0, crowdedAddresses: ['203.0.113.7'] });

    const crowded = await connect('one', '203.0.113.7');
    const other = await connect('two', '203.0.113.8');

    const body = 'address 203.0.113.7 holds as many connections as it may: 2';
    assert.deepEqual([crowded, other], [{ statusCode: 429, body }, { statusCode: 200 }]);
    assert.deepEqual(await viewerIds(), ['two']);
  });
});
