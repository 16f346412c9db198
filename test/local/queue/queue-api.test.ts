// The HTTP API of the local SQS.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { MessageQueue } from '../../../local/queue/message-queue.ts';
import { startQueueApi } from '../../../local/queue/queue-api.ts';
import { callQueue, type Entry, type RequestChanges, sendBatch } from './queue-client.ts';

async function start(t: TestContext) {
  const queues = ['one', 'two'].map(
    (name) => new MessageQueue({ name, visibilityMillis: 1_000, retentionMillis: 10_000, maxReceives: 3 }),
  );
  const api = await startQueueApi({ queues, credentials: CREDENTIALS, region: REGION });
  t.after(async () => {
    for (const queue of queues) queue.dispose();
    await api.dispose();
  });
  const [queueUrl = '', otherUrl = ''] = api.queueUrls;
  return { queue: queues[0] as MessageQueue, otherQueue: queues[1] as MessageQueue, queueUrl, otherUrl };
}

const entry = (changes: Entry = {}): Entry => ({ Id: 'a', MessageBody: 'hello', DelaySeconds: 0, ...changes });

describe('the local SQS', () => {
  it('accepts a batch, and answers with ids, hashes and the time', async (t) => {
    const { queue, queueUrl } = await start(t);

    const { status, headers, body } = await sendBatch(queueUrl, [entry(), entry({ Id: 'b', MessageBody: 'Grüße' })]);

    assert.equal(status, 200);
    assert.ok(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now()) < 3_000);
    assert.equal(headers.get('content-type'), 'application/x-amz-json-1.0');
    assert.deepEqual(
      body.Successful.map(({ Id, MD5OfMessageBody }: Record<string, string>) => [Id, MD5OfMessageBody]),
      [
        ['a', '5d41402abc4b2a76b9719d911017c592'],
        ['b', '49c5f675b49037b6044b803ac9d1a6d7'],
      ],
    );
    assert.deepEqual(body.Failed, []);
    const received = [await queue.receive(), await queue.receive()];
    assert.deepEqual(
      received.map((message) => message?.messageId),
      body.Successful.map(({ MessageId }: Record<string, string>) => MessageId),
    );
    assert.equal(received[1]?.body, 'Grüße');
  });

  it('accepts single messages for the queue of the URL', async (t) => {
    const { otherQueue, queueUrl, otherUrl } = await start(t);
    const QueueUrl = `https://sqs.example${new URL(otherUrl).pathname}`;

    const { status, body } = await callQueue(queueUrl, 'SendMessage', { QueueUrl, MessageBody: 'hello' });

    assert.equal(status, 200);
    assert.equal(body.MD5OfMessageBody, '5d41402abc4b2a76b9719d911017c592');
    assert.equal((await otherQueue.receive())?.messageId, body.MessageId);
  });

  it('refuses an unknown queue', async (t) => {
    const { queueUrl } = await start(t);

    for (const QueueUrl of [`${queueUrl}x`, 'nothing', undefined]) {
      const { status, body } = await callQueue(queueUrl, 'SendMessage', { QueueUrl, MessageBody: 'hello' });

      assert.equal(status, 400);
      assert.equal(body.__type, 'com.amazonaws.sqs#QueueDoesNotExist');
    }
  });

  const unknown: [string, string, RequestChanges][] = [
    ['another operation', 'ReceiveMessage', {}],
    ['an operation that every object has', 'toString', {}],
    ['another service', 'SendMessage', { headers: { 'x-amz-target': 'DynamoDB_20120810.Query' } }],
    ['another content type', 'SendMessage', { headers: { 'content-type': 'application/json' } }],
  ];
  for (const [what, operation, changes] of unknown) {
    it(`refuses ${what}`, async (t) => {
      const { queueUrl } = await start(t);
      const input = { QueueUrl: queueUrl, MessageBody: 'hello' };

      const { status, body } = await callQueue(queueUrl, operation, input, changes);

      assert.equal(status, 400);
      assert.equal(body.__type, 'com.amazon.coral.service#UnknownOperationException');
    });
  }

  it('refuses a body that is not an object', async (t) => {
    const { queueUrl } = await start(t);

    for (const input of ['', 'null', '{', '1']) {
      const { status, body } = await callQueue(queueUrl, 'SendMessage', input);

      assert.equal(status, 400);
      assert.equal(body.__type, 'com.amazon.coral.service#SerializationException');
    }
  });

  const batches: [string, unknown, string][] = [
    ['without entries', [], 'com.amazonaws.sqs#EmptyBatchRequest'],
    ['whose entries are no list', { 0: entry() }, 'com.amazonaws.sqs#EmptyBatchRequest'],
    ['whose entries are no objects', [null], 'com.amazon.coral.service#SerializationException'],
    [
      'of eleven entries',
      Array.from({ length: 11 }, (_, index) => entry({ Id: `${index}` })),
      'com.amazonaws.sqs#TooManyEntriesInBatchRequest',
    ],
    ['with an id twice', [entry(), entry()], 'com.amazonaws.sqs#BatchEntryIdsNotDistinct'],
    ['without an id', [{ MessageBody: 'hello' }], 'com.amazonaws.sqs#InvalidBatchEntryId'],
    ['with an id of other characters', [entry({ Id: 'a.b' })], 'com.amazonaws.sqs#InvalidBatchEntryId'],
    [
      'that is too long',
      [entry({ MessageBody: 'x'.repeat(2 ** 20) }), entry({ Id: 'b' })],
      'com.amazonaws.sqs#BatchRequestTooLong',
    ],
  ];
  for (const [what, entries, type] of batches) {
    it(`refuses a batch ${what}`, async (t) => {
      const { queueUrl } = await start(t);

      const { status, body } = await sendBatch(queueUrl, entries as Entry[]);

      assert.equal(status, 400);
      assert.equal(body.__type, type);
    });
  }

  it('accepts a batch of ten messages, and of one megabyte', async (t) => {
    const { queueUrl } = await start(t);
    const ten = Array.from({ length: 10 }, (_, index) => entry({ Id: `${index}` }));

    assert.equal((await sendBatch(queueUrl, ten)).body.Successful.length, 10);
    assert.equal((await sendBatch(queueUrl, [entry({ MessageBody: 'x'.repeat(2 ** 20) })])).body.Successful.length, 1);
  });

  for (const DelaySeconds of [-1, 901, 1.5, '5', null]) {
    it(`refuses a delay of ${JSON.stringify(DelaySeconds)}, and accepts the other messages of its batch`, async (t) => {
      const { queueUrl } = await start(t);

      const { status, body } = await sendBatch(queueUrl, [
        entry({ DelaySeconds }),
        entry({ Id: 'b', DelaySeconds: 900 }),
      ]);

      assert.equal(status, 200);
      const [{ Message, ...failed }] = body.Failed;
      assert.deepEqual(failed, { Id: 'a', SenderFault: true, Code: 'InvalidParameterValue' });
      assert.match(Message, /DelaySeconds must be >= 0 and <= 900/);
      assert.deepEqual(
        body.Successful.map(({ Id }: Record<string, string>) => Id),
        ['b'],
      );
    });
  }

  it('refuses a single message without a body, or with a delay that is too long', async (t) => {
    const { queueUrl } = await start(t);
    const typeOf = async (input: object) => {
      const { status, body } = await callQueue(queueUrl, 'SendMessage', { QueueUrl: queueUrl, ...input });
      assert.equal(status, 400);
      return body.__type;
    };

    assert.equal(await typeOf({ MessageBody: '' }), 'com.amazon.coral.service#MissingParameterException');
    assert.equal(
      await typeOf({ MessageBody: 'hello', DelaySeconds: 901 }),
      'com.amazon.coral.service#InvalidParameterValueException',
    );
  });

  it('refuses a request with a signature for another service or by another key, or without one', async (t) => {
    const { queueUrl } = await start(t);

    for (const changes of [{ service: 'execute-api' }, { secretAccessKey: 'wrong' }]) {
      const { status, body } = await sendBatch(queueUrl, [entry()], changes);
      assert.equal(status, 403);
      assert.match(body.__type, /#(UnrecognizedClient|InvalidSignature)Exception$/);
    }
    const response = await fetch(new URL(queueUrl).origin);
    assert.equal(response.status, 403);
    assert.ok(Math.abs(Date.parse(response.headers.get('date') ?? '') - Date.now()) < 3_000);
    assert.match(JSON.stringify(await response.json()), /#MissingAuthenticationTokenException"/);
  });
});
