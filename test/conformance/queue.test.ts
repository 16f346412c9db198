// The cases of SQS on the local queue.

import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { MessageQueue } from '../../local/queue/message-queue.ts';
import { startQueueApi } from '../../local/queue/queue-api.ts';
import { describeQueue } from './queue.ts';

describeQueue({
  name: 'the local queue',
  lacks: {},
  async start(t) {
    const queue = new MessageQueue({ name: 'cases', visibilityMillis: 1_000, retentionMillis: 60_000, maxReceives: 3 });
    const api = await startQueueApi({ queues: [queue], credentials: CREDENTIALS, region: REGION });
    t.after(async () => {
      queue.dispose();
      await api.dispose();
    });
    return {
      queueUrl: api.queueUrls[0] ?? '',
      async receive() {
        const message = await queue.receive();
        if (message === undefined) throw new Error('the queue was disposed of');
        queue.delete(message.receiptHandle);
        return message;
      },
    };
  },
});
