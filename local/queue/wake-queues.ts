// The wake queues of a deployment, one for each shard, with their API and their event source mappings.

import { CREDENTIALS, REGION, WAKE_QUEUE } from '../deployment.ts';
import type { LocalFunction } from '../functions/local-function.ts';
import { runMapping } from './mapping.ts';
import { type Lateness, MessageQueue } from './message-queue.ts';
import { startQueueApi } from './queue-api.ts';

export interface WakeQueues {
  /** The queues by shard. */
  readonly queueUrls: readonly string[];
  /** Invokes the function with each message from now on. */
  deliverTo(fn: LocalFunction): void;
  dispose(): Promise<void>;
}

export interface WakeQueuesOptions {
  readonly shards: number;
  /** @default - without lateness */
  readonly lateness?: Lateness | undefined;
  /** Receives a line for each dead letter. */
  output(text: string): void;
}

export async function startWakeQueues({ shards, lateness, output }: WakeQueuesOptions): Promise<WakeQueues> {
  const { visibilityTimeoutSeconds, retentionSeconds, maxReceiveCount } = WAKE_QUEUE;
  const queues = Array.from({ length: shards }, (_, shard) => {
    const name = `tickcast-wake-${shard}`;
    return new MessageQueue({
      name,
      visibilityMillis: visibilityTimeoutSeconds * 1000,
      retentionMillis: retentionSeconds * 1000,
      maxReceives: maxReceiveCount,
      ...(lateness && { lateness }),
      onDeadLetter: ({ body }) => output(`${name}: a message moved to the dead-letter queue: ${body}\n`),
    });
  });
  const api = await startQueueApi({ queues, credentials: CREDENTIALS, region: REGION });
  return {
    queueUrls: api.queueUrls,
    deliverTo(fn) {
      for (const queue of queues) runMapping(queue, fn, REGION);
    },
    async dispose() {
      for (const queue of queues) queue.dispose();
      await api.dispose();
    },
  };
}
