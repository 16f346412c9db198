// The DynamoDB client as the functions create it from their environment: its retries, its timeout, and the dates of
// answers.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { listenToDates, makeTableClient, type TableClientOptions } from '../../../lambdas/aws/clients.ts';
import type { ObservedDate } from '../../../lambdas/domain/clock-proof.ts';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { TABLE } from '../../../local/deployment.ts';
import { createTable, startDynamoDb } from '../../../local/dynamodb.ts';
import { functionVariables } from '../../../local/function-variables.ts';
import { startDateProxy } from '../../support/date-proxy.ts';
import { type ServiceAnswer, startScriptedService } from '../../support/scripted-service.ts';

const HOUR = 3_600_000;
const KEY = { partition: 'relay#0of1', id: 'relay' };
const GET = new GetCommand({ TableName: TABLE.TableName, Key: KEY });

const FOUND: ServiceAnswer = { body: { Item: { id: { S: 'relay' } } } };
const SERVER_ERROR: ServiceAnswer = { statusCode: 500, body: { __type: 'InternalServerError' } };

/** Creates the client with the environment of a local function whose table is at this endpoint. */
function makeClient(t: TestContext, endpoint: string, options?: TableClientOptions) {
  const { env } = process;
  process.env = { ...env, ...functionVariables({ AWS_REGION: 'us-east-1' }, endpoint) };
  t.after(() => {
    process.env = env;
  });
  const client = makeTableClient(options);
  t.after(() => client.destroy());
  const dates: ObservedDate[] = [];
  listenToDates(client, systemClock, (date) => dates.push(date));
  return { client, dates };
}

async function startScripted(t: TestContext, answers: readonly ServiceAnswer[], options?: TableClientOptions) {
  const service = await startScriptedService(t, (_, index) => answers[Math.min(index, answers.length - 1)] ?? FOUND);
  return { service, ...makeClient(t, service.endpoint, options) };
}

async function startTable(t: TestContext): Promise<string> {
  const dynamoDb = await startDynamoDb();
  t.after(() => dynamoDb.dispose());
  await createTable(dynamoDb, TABLE);
  return dynamoDb.endpoint;
}

describe('the table client', () => {
  it('makes two attempts by default, or the number of its options', async (t) => {
    const two = await startScripted(t, [SERVER_ERROR]);
    await assert.rejects(two.client.send(GET));
    assert.equal(two.service.requests.length, 2);

    const one = await startScripted(t, [SERVER_ERROR], { maxAttempts: 1 });
    await assert.rejects(one.client.send(GET));
    assert.equal(one.service.requests.length, 1);
  });

  it('ends an attempt after the timeout', async (t) => {
    const { client, service } = await startScripted(t, ['silence'], { timeoutMillis: 200, maxAttempts: 1 });
    const begunMillis = performance.now();

    await assert.rejects(client.send(GET), { name: 'TimeoutError' });

    const lastedMillis = performance.now() - begunMillis;
    assert.ok(lastedMillis >= 190 && lastedMillis < 1_500, `${lastedMillis} ms`);
    assert.equal(service.requests.length, 1);
  });
});

describe('listenToDates', () => {
  it('reports the date of each answer, with the times of request and answer', async (t) => {
    const { client, service, dates } = await startScripted(t, [{ ...FOUND, afterMillis: 30 }, FOUND]);

    for (let request = 0; request < 2; request++) await client.send(GET);

    assert.equal(dates.length, 2);
    for (const [index, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }] of dates.entries()) {
      const { readAtMonotonicMillis = 0 } = service.requests[index] ?? {};
      assert.ok(askedAtMonotonicMillis <= readAtMonotonicMillis);
      assert.ok(readAtMonotonicMillis <= answeredAtMonotonicMillis);
      assert.ok(Math.abs(dateMillis - Date.now()) < 5_000);
    }
    assert.ok((dates[0]?.answeredAtMonotonicMillis ?? 0) - (dates[0]?.askedAtMonotonicMillis ?? 0) >= 29);
  });

  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`reports dates that are ${aheadMillis} ms ahead, also when a condition fails`, async (t) => {
      const endpoint = await startDateProxy(t, await startTable(t), aheadMillis);
      // One attempt, because the SDK would retry the failed request after it has corrected its clock by the answer.
      const { client, dates } = makeClient(t, endpoint, { maxAttempts: 1 });
      const put = { TableName: TABLE.TableName, Item: KEY, ConditionExpression: 'attribute_not_exists(id)' };

      await client.send(new PutCommand(put));
      await assert.rejects(client.send(new PutCommand(put)), ConditionalCheckFailedException);

      assert.equal(dates.length, 2);
      for (const { dateMillis } of dates) assert.ok(Math.abs(dateMillis - Date.now() - aheadMillis) < 5_000);
    });
  }

  it('reports each attempt with its own times', async (t) => {
    const { client, service, dates } = await startScripted(t, [SERVER_ERROR, FOUND]);

    await client.send(GET);

    assert.equal(service.requests.length, 2);
    assert.equal(dates.length, 2);
    assert.ok((dates[1]?.askedAtMonotonicMillis ?? 0) >= (dates[0]?.answeredAtMonotonicMillis ?? Number.NaN));
  });

  it('reports NaN when an answer has no date', async (t) => {
    const { client, dates } = await startScripted(t, [{ ...FOUND, isDated: false }]);

    const { Item } = await client.send(GET);

    assert.deepEqual(Item, { id: 'relay' });
    assert.deepEqual(
      dates.map(({ dateMillis }) => dateMillis),
      [Number.NaN],
    );
  });

  for (const failure of ['reset', 'silence'] as const) {
    it(`reports no date after ${failure}`, async (t) => {
      const { client, dates } = await startScripted(t, [failure], { timeoutMillis: 100, maxAttempts: 1 });

      await assert.rejects(client.send(GET));

      assert.deepEqual(dates, []);
    });
  }

  it('reports no date after a refused connection', async (t) => {
    const { client, dates } = makeClient(t, 'http://127.0.0.1:9');

    await assert.rejects(client.send(GET));

    assert.deepEqual(dates, []);
  });
});
