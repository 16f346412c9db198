// Emulates an event source mapping with a batch size of 1. It invokes a function with each message of a queue and
// deletes the message when the function has returned. If the invocation fails, the message becomes visible again later.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
// On AWS a mapping starts with five concurrent batches. Here only the concurrency of the function limits their number.

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from '../functions/local-function.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';
import { ACCOUNT_ID } from './queue-api.ts';

/** Delay before a throttled function is invoked again. AWS does not document its value. */
const THROTTLED_DELAY_MILLIS = 1_000;

/** Runs until the queue is disposed of. */
export async function runMapping(queue: MessageQueue, fn: LocalFunction, region: string): Promise<void> {
  for (;;) {
    const message = await queue.receive();
    if (message === undefined) return;
    // Not awaited, so that a long invocation does not delay other messages.
    deliver(queue, fn, message, region);
  }
}

/** Never rejects. */
async function deliver(
  queue: MessageQueue,
  fn: LocalFunction,
  message: ReceivedMessage,
  region: string,
): Promise<void> {
  const event = makeQueueEvent(queue.name, message, region);
  // After this time the message is visible again, so a waiting invocation would be a second one.
  const signal = AbortSignal.timeout(queue.visibilityMillis);
  for (;;) {
    const { kind } = await fn.invoke(event, { signal });
    if (kind === 'returned') queue.delete(message.receiptHandle);
    if (kind !== 'throttled' || fn.isDisposed) return;
    await sleep(THROTTLED_DELAY_MILLIS, undefined, { ref: false });
    if (signal.aborted) return;
  }
}

/** Has the keys of the sample on the page above. */
export function makeQueueEvent(queueName: string, message: ReceivedMessage, region: string) {
  const { messageId, receiptHandle, body, md5OfBody, receives, sentAtMillis, firstReceivedAtMillis } = message;
  const record = {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAtMillis),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMillis),
    },
    messageAttributes: {},
    md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${region}:${ACCOUNT_ID}:${queueName}`,
    awsRegion: region,
  };
  return { Records: [record] };
}
