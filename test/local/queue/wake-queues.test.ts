// The wake queues of the local platform, with a function of the tests.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FUNCTIONS, REGION, WAKE_QUEUE } from '../../../local/deployment.ts';
import { LocalFunction } from '../../../local/functions/local-function.ts';
import { startWakeQueues } from '../../../local/queue/wake-queues.ts';
import { sendBatch } from './queue-client.ts';

describe('the wake queues', () => {
  it('exist for each shard and start one function', async (t) => {
    const outputs: string[] = [];
    const output = (text: string) => outputs.push(text);
    const queues = await startWakeQueues({ shards: 2, output });
    const fn = new LocalFunction({
      functionName: 'broadcast',
      handlerUrl: new URL('../fixtures/queue-handler.ts', import.meta.url).href,
      variables: { AWS_REGION: REGION },
      timeoutMillis: 5_000,
      output,
    });
    t.after(async () => {
      await queues.dispose();
      await fn.dispose();
    });
    queues.deliverTo(fn);

    for (const [shard, queueUrl] of queues.queueUrls.entries()) {
      await sendBatch(queueUrl, [{ Id: 'a', MessageBody: JSON.stringify({ shard }) }]);
    }

    const lines = () => outputs.join('').split('\n').filter(Boolean);
    while (lines().length < 2) await sleep(10);
    const records = lines().map((line) => JSON.parse(line).Records[0]);
    assert.deepEqual(
      records.map(({ body, eventSourceARN }) => `${body} of ${eventSourceARN}`).sort(),
      [0, 1].map((shard) => `{"shard":${shard}} of arn:aws:sqs:us-east-1:000000000000:tickcast-wake-${shard}`),
    );
  });

  it('hide a message at least for the timeout of its function, and keep it until its last receive', () => {
    const { visibilityTimeoutSeconds, retentionSeconds, maxReceiveCount } = WAKE_QUEUE;

    assert.ok(visibilityTimeoutSeconds >= FUNCTIONS.broadcast.timeoutSeconds);
    assert.ok(retentionSeconds > maxReceiveCount * visibilityTimeoutSeconds);
  });
});
