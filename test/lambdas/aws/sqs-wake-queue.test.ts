// Sending to the wake queue over HTTP, with a service that gives scripted answers, and with the local queue, which
// checks signatures.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { startRecordingQueue } from '../../support/recording-queue.ts';
import { makeTestQueue, QUEUE_PATH, startScriptedQueue, TAKEN, TICK, WAKE } from '../../support/scripted-queue.ts';
import { type ServiceAnswer, type ServiceRequest, startScriptedService } from '../../support/scripted-service.ts';
import { Sha256 } from '../../support/sha256.ts';

const HOUR = 3_600_000;

const PARTLY_TAKEN: ServiceAnswer = {
  body: { Successful: [{ Id: '0' }], Failed: [{ Id: '1', Code: 'InternalError', SenderFault: false }] },
};

/** @returns the `authorization` header that the request should have */
async function expectedAuthorization({ headers, body }: ServiceRequest): Promise<string | undefined> {
  const [hostname = '', port] = String(headers.host).split(':');
  const names = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const signed = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
  const day = String(headers['x-amz-date']).replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
  const signer = new SignatureV4({ credentials: CREDENTIALS, region: REGION, service: 'sqs', sha256: Sha256 });
  const request = { method: 'POST', protocol: 'http:', hostname, port: Number(port), path: '/', query: {}, body };
  const { 'x-amz-date': _, 'x-amz-content-sha256': __, ...unsigned } = signed;
  const expected = await signer.sign({ ...request, headers: unsigned }, { signingDate: new Date(day) });
  return expected.headers.authorization;
}

describe('the wake queue', () => {
  it('sends all messages in one signed batch, each with its delay', async (t) => {
    const { service, queue } = await startScriptedQueue(t, [TAKEN]);

    await queue.send([WAKE, TICK]);

    const [request, ...others] = service.requests as [ServiceRequest];
    assert.deepEqual(others, []);
    assert.deepEqual([request.method, request.url], ['POST', '/']);
    assert.equal(request.headers['x-amz-target'], 'AmazonSQS.SendMessageBatch');
    assert.equal(request.headers['content-type'], 'application/x-amz-json-1.0');
    assert.equal(request.headers.authorization, await expectedAuthorization(request));
    const { QueueUrl, Entries } = JSON.parse(request.body);
    assert.equal(QueueUrl, service.endpoint + QUEUE_PATH);
    assert.deepEqual(
      Entries.map(({ MessageBody, ...entry }: { MessageBody: string }) => ({
        ...entry,
        body: JSON.parse(MessageBody),
      })),
      [
        { Id: '0', DelaySeconds: 0, body: { shard: 3, ...WAKE } },
        { Id: '1', DelaySeconds: 57, body: { shard: 3, ...TICK } },
      ],
    );
  });

  it('sends to the configured endpoint, with the URL of the queue in the body', async (t) => {
    const service = await startScriptedService(t, () => TAKEN);
    const queueUrl = `https://sqs.eu-west-1.amazonaws.com${QUEUE_PATH}`;
    const { queue } = makeTestQueue(t, queueUrl, { endpoint: `${service.endpoint}/` });

    await queue.send([WAKE]);

    const [request] = service.requests as [ServiceRequest];
    assert.equal(request.url, '/');
    assert.equal(request.headers.host, new URL(service.endpoint).host);
    assert.equal(request.headers.authorization, await expectedAuthorization(request));
    assert.equal(JSON.parse(request.body).QueueUrl, queueUrl);
  });

  const failures: Record<string, ServiceAnswer> = {
    'accepts only some of the messages': PARTLY_TAKEN,
    'refuses the request': { statusCode: 400, body: { __type: 'QueueDoesNotExist' } },
    fails: { statusCode: 500 },
    'resets the connection': 'reset',
  };
  for (const [failure, answer] of Object.entries(failures)) {
    it(`retries once when the queue ${failure}`, async (t) => {
      const { service, queue } = await startScriptedQueue(t, [answer, TAKEN]);

      await queue.send([WAKE, TICK]);

      assert.equal(service.requests.length, 2);
      assert.equal(service.requests[0]?.body, service.requests[1]?.body);
    });

    it(`rejects after two attempts when the queue ${failure}`, async (t) => {
      const { service, queue } = await startScriptedQueue(t, [answer]);

      await assert.rejects(queue.send([WAKE, TICK]), (error: Error) => {
        const { statusCode = 200, body } = typeof answer === 'object' ? answer : {};
        const ofAnswer = `the queue answered ${statusCode}: ${body ? JSON.stringify(body) : ''}`;
        return error.message === (typeof answer === 'object' ? ofAnswer : 'fetch failed');
      });

      assert.equal(service.requests.length, 2);
    });
  }

  it('retries over a new connection when a kept connection is broken', async (t) => {
    const { service, queue } = await startScriptedQueue(t, [TAKEN, 'reset', TAKEN]);

    await queue.send([WAKE]);
    await queue.send([WAKE]);

    assert.equal(service.requests.length, 3);
    assert.equal(service.connectionCount, 2);
  });

  it('rejects after two timeouts of a second when the queue does not answer', async (t) => {
    const { service, queue, dates } = await startScriptedQueue(t, ['silence']);
    const begunMillis = performance.now();

    await assert.rejects(queue.send([WAKE]), { name: 'TimeoutError' });

    const lastedMillis = performance.now() - begunMillis;
    assert.ok(lastedMillis > 1_900 && lastedMillis < 5_000, `${lastedMillis} ms`);
    assert.equal(service.requests.length, 2);
    assert.deepEqual(dates, []);
  });
});

describe('the wake queue, with a local queue that checks signatures', () => {
  it('delivers its messages', async (t) => {
    const { queueUrl, sent } = await startRecordingQueue(t);
    const { queue } = makeTestQueue(t, queueUrl);

    await queue.send([WAKE, TICK]);

    assert.deepEqual(
      sent,
      [WAKE, TICK].map((message) => ({ shard: 3, ...message })),
    );
  });

  for (const aheadMillis of [-HOUR, HOUR]) {
    it(`delivers when its clock is ${aheadMillis} ms ahead, and after the clock was corrected`, async (t) => {
      const { queueUrl, sent } = await startRecordingQueue(t);
      let offsetMillis = aheadMillis;
      const clock = { ...systemClock, now: () => systemClock.now() + offsetMillis };
      const { queue } = makeTestQueue(t, queueUrl, { clock });

      await queue.send([WAKE]);
      await queue.send([WAKE]);
      offsetMillis = 0;
      await queue.send([TICK]);

      assert.deepEqual(
        sent,
        [WAKE, WAKE, TICK].map((message) => ({ shard: 3, ...message })),
      );
    });
  }
});
