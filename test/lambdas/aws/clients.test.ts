// The client of the table as the functions make it from their environment: its limits, and the dates that it hears.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { listenToDates, makeTableClient, type TableClientOptions } from '../../../lambdas/aws/clients.ts';
import type { HeardDate } from '../../../lambdas/domain/clock-proof.ts';
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
const BROKEN: ServiceAnswer = { statusCode: 500, body: { __type: 'InternalServerError' } };

/** With the environment of a local function at that endpoint. */
function makeClient(t: TestContext, endpoint: string, options?: TableClientOptions) {
  const { env } = process;
  process.env = { ...env, ...functionVariables({ AWS_REGION: 'us-east-1' }, endpoint) };
  t.after(() => {
    process.env = env;
  });
  const client = makeTableClient(options);
  t.after(() => client.destroy());
  const heard: HeardDate[] = [];
  listenToDates(client, systemClock, (date) => heard.push(date));
  return { client, heard };
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

describe('the client of the table', () => {
  it('makes two attempts, or as many as it may', async (t) => {
    const two = await startScripted(t, [BROKEN]);
    await assert.rejects(two.client.send(GET));
    assert.equal(two.service.requests.length, 2);

    const one = await startScripted(t, [BROKEN], { maxAttempts: 1 });
    await assert.rejects(one.client.send(GET));
    assert.equal(one.service.requests.length, 1);
  });

  it('gives up an attempt after its time', async (t) => {
    const { client, service } = await startScripted(t, ['silence'], { timeoutMillis: 200, maxAttempts: 1 });
    const begunMillis = performance.now();

    await assert.rejects(client.send(GET), { name: 'TimeoutError' });

    const lastedMillis = performance.now() - begunMillis;
    assert.ok(lastedMillis >= 190 && lastedMillis < 1_500, `${lastedMillis} ms`);
    assert.equal(service.requests.length, 1);
  });
});

describe('listening to the dates of the table', () => {
  it('hears each answer, with times that bracket it', async (t) => {
    const { client, service, heard } = await startScripted(t, [{ ...FOUND, afterMillis: 30 }, FOUND]);

    for (let asked = 0; asked < 2; asked++) await client.send(GET);

    assert.equal(heard.length, 2);
    for (const [index, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }] of heard.entries()) {
      const { readAtMonotonicMillis = 0 } = service.requests[index] ?? {};
      assert.ok(askedAtMonotonicMillis <= readAtMonotonicMillis);
      assert.ok(readAtMonotonicMillis <= answeredAtMonotonicMillis);
      assert.ok(Math.abs(dateMillis - Date.now()) < 5_000);
    }
    assert.ok((heard[0]?.answeredAtMonotonicMillis ?? 0) - (heard[0]?.askedAtMonotonicMillis ?? 0) >= 29);
  });

  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`hears a table whose date is ${aheadMillis} ms ahead, also when a condition fails`, async (t) => {
      const endpoint = await startDateProxy(t, await startTable(t), aheadMillis);
      // The SDK repeats a request that failed when it corrects its clock by the answer, if it may.
      const { client, heard } = makeClient(t, endpoint, { maxAttempts: 1 });
      const put = { TableName: TABLE.TableName, Item: KEY, ConditionExpression: 'attribute_not_exists(id)' };

      await client.send(new PutCommand(put));
      await assert.rejects(client.send(new PutCommand(put)), ConditionalCheckFailedException);

      assert.equal(heard.length, 2);
      for (const { dateMillis } of heard) assert.ok(Math.abs(dateMillis - Date.now() - aheadMillis) < 5_000);
    });
  }

  it('hears each attempt, with times of its own', async (t) => {
    const { client, service, heard } = await startScripted(t, [BROKEN, FOUND]);

    await client.send(GET);

    assert.equal(service.requests.length, 2);
    assert.equal(heard.length, 2);
    assert.ok((heard[1]?.askedAtMonotonicMillis ?? 0) >= (heard[0]?.answeredAtMonotonicMillis ?? Number.NaN));
  });

  it('hears no number when an answer has no date', async (t) => {
    const { client, heard } = await startScripted(t, [{ ...FOUND, isDated: false }]);

    const { Item } = await client.send(GET);

    assert.deepEqual(Item, { id: 'relay' });
    assert.deepEqual(
      heard.map(({ dateMillis }) => dateMillis),
      [Number.NaN],
    );
  });

  for (const failure of ['reset', 'silence'] as const) {
    it(`hears nothing of ${failure}`, async (t) => {
      const { client, heard } = await startScripted(t, [failure], { timeoutMillis: 100, maxAttempts: 1 });

      await assert.rejects(client.send(GET));

      assert.deepEqual(heard, []);
    });
  }

  it('hears nothing of a refused connection', async (t) => {
    const { client, heard } = makeClient(t, 'http://127.0.0.1:9');

    await assert.rejects(client.send(GET));

    assert.deepEqual(heard, []);
  });
});
