// A wake queue that checks signatures and records every message, but delivers none.

import type { TestContext } from 'node:test';
import type { QueuedWake } from '../../lambdas/events.ts';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { MessageQueue } from '../../local/queue/message-queue.ts';
import { startQueueApi } from '../../local/queue/queue-api.ts';

export interface RecordingQueue {
  readonly queueUrl: string;
  /** Messages in the order in which they were sent. */
  readonly sent: readonly QueuedWake[];
}

/** Stops with the test. */
export async function startRecordingQueue(t: Pick<TestContext, 'after'>): Promise<RecordingQueue> {
  const sent: QueuedWake[] = [];
  const queue = new MessageQueue({
    name: 'wake',
    visibilityMillis: 1_000,
    retentionMillis: 60_000,
    maxReceives: 3,
    lateness(body) {
      sent.push(JSON.parse(body));
      return [];
    },
  });
  const api = await startQueueApi({ queues: [queue], credentials: CREDENTIALS, region: REGION });
  t.after(async () => {
    queue.dispose();
    await api.dispose();
  });
  return { queueUrl: api.queueUrls[0] ?? '', sent };
}
