// The cases of SQS on an emulator, in separate queues.

import { describeQueue } from '../conformance/queue.ts';
import { callQueue } from '../local/queue/queue-client.ts';
import { ENDPOINT, identify } from './emulator.ts';

const { name, queueLacks } = await identify();

describeQueue({
  name,
  lacks: queueLacks,
  async start(t) {
    const QueueName = `tickcast-cases-${crypto.randomUUID()}`;
    const { body } = await callQueue(ENDPOINT, 'CreateQueue', { QueueName });
    const queueUrl: string = body.QueueUrl;
    t.after(() => callQueue(ENDPOINT, 'DeleteQueue', { QueueUrl: queueUrl }));
    return {
      queueUrl,
      async receive() {
        for (;;) {
          const input = { QueueUrl: queueUrl, AttributeNames: ['SentTimestamp'], WaitTimeSeconds: 5 };
          const { Messages = [] } = (await callQueue(ENDPOINT, 'ReceiveMessage', input)).body;
          const [message] = Messages;
          if (message === undefined) continue;
          return { body: message.Body, sentAtMillis: Number(message.Attributes.SentTimestamp) };
        }
      },
    };
  },
});
