// Messages that start a function: queue, API and event source mapping together, over HTTP.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { Concurrency } from '../../../local/functions/concurrency.ts';
import { LocalFunction, type LocalFunctionOptions } from '../../../local/functions/local-function.ts';
import { runMapping } from '../../../local/queue/mapping.ts';
import { MessageQueue } from '../../../local/queue/message-queue.ts';
import { startQueueApi } from '../../../local/queue/queue-api.ts';
import { sendBatch } from './queue-client.ts';

async function start(
  t: TestContext,
  { visibilityMillis = 5_000, ...changes }: Partial<LocalFunctionOptions> & { visibilityMillis?: number } = {},
) {
  const outputs: string[] = [];
  const fn = new LocalFunction({
    functionName: 'example',
    handlerUrl: new URL('../fixtures/queue-handler.ts', import.meta.url).href,
    variables: { AWS_REGION: REGION },
    timeoutMillis: 5_000,
    output: (text) => outputs.push(text),
    ...changes,
  });
  const queue = new MessageQueue({ name: 'wake', visibilityMillis, retentionMillis: 60_000, maxReceives: 3 });
  const api = await startQueueApi({ queues: [queue], credentials: CREDENTIALS, region: REGION });
  runMapping(queue, fn, REGION);
  t.after(async () => {
    queue.dispose();
    await api.dispose();
    await fn.dispose();
  });
  const [queueUrl = ''] = api.queueUrls;
  let count = 0;
  const send = (body: object, DelaySeconds = 0) =>
    sendBatch(queueUrl, [{ Id: `${count++}`, MessageBody: JSON.stringify(body), DelaySeconds }]);
  /** Lines of the handler's output, one for each event. */
  const events = () =>
    outputs
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  const invoked = async (times: number) => {
    while (events().length < times) await sleep(10);
    return events();
  };
  return { fn, queue, send, invoked, outputs };
}

describe('an event source mapping', () => {
  it('invokes the function with a message, and deletes the message', async (t) => {
    const { queue, send, invoked } = await start(t, { visibilityMillis: 300 });
    const sentMillis = Date.now();
    const { body } = await send({ do: 'return' });

    const [{ Records }] = await invoked(1);

    const [{ receiptHandle, messageId, md5OfBody, attributes, ...record }] = Records;
    assert.equal(Records.length, 1);
    assert.deepEqual(record, {
      body: '{"do":"return"}',
      messageAttributes: {},
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:wake',
      awsRegion: 'us-east-1',
    });
    assert.ok(receiptHandle);
    assert.equal(messageId, body.Successful[0].MessageId);
    assert.equal(md5OfBody, body.Successful[0].MD5OfMessageBody);
    const { SentTimestamp, ApproximateFirstReceiveTimestamp, ...others } = attributes;
    assert.deepEqual(others, { ApproximateReceiveCount: '1', SenderId: 'local' });
    for (const text of [SentTimestamp, ApproximateFirstReceiveTimestamp]) {
      assert.ok(Number(text) >= sentMillis && Number(text) <= Date.now(), text);
    }
    await sleep(500);
    assert.equal((await invoked(1)).length, 1);
    assert.deepEqual(queue.deadLetters, []);
  });

  it('invokes it after the delay of the message', async (t) => {
    const { send, invoked } = await start(t);
    const startMillis = performance.now();
    await send({ do: 'return' }, 1);

    await invoked(1);

    assert.ok(performance.now() - startMillis >= 998);
  });

  it('invokes it again after the visibility timeout if it fails, at most three times', async (t) => {
    const { queue, send, invoked } = await start(t, { visibilityMillis: 300 });
    await send({ do: 'throw' });

    const events = await invoked(3);
    while (queue.deadLetters.length === 0) await sleep(10);

    assert.deepEqual(
      events.map(({ Records: [{ attributes }] }) => attributes.ApproximateReceiveCount),
      ['1', '2', '3'],
    );
    assert.equal(queue.deadLetters[0]?.body, '{"do":"throw"}');
    assert.equal((await invoked(3)).length, 3);
  });

  it('does not delay a message because of another one', async (t) => {
    const { send, invoked } = await start(t, { promptEnvironments: 2 });
    await send({ do: 'hang' });
    await invoked(1);

    await send({ do: 'return' });

    await invoked(2);
  });

  it('invokes a throttled function again after a while', async (t) => {
    const concurrency = new Concurrency(1);
    const { send, invoked } = await start(t, { concurrency });
    concurrency.take();
    await send({ do: 'return' });
    await sleep(200);
    concurrency.release();

    const [{ Records }] = await invoked(1);

    assert.equal(Records[0].attributes.ApproximateReceiveCount, '1');
  });
});
