// A stand-in for an event source mapping with a batch size of 1: it invokes a function with each message of a queue, and
// deletes the message when the function has returned. A message whose invocation fails becomes visible again in the end.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
// On AWS a mapping begins with five batches at a time. Here only the function's own concurrency limits their number.

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from '../functions/local-function.ts';
import type { MessageQueue, ReceivedMessage } from './message-queue.ts';
import { ACCOUNT_ID } from './queue-api.ts';

/** Delay before a throttled function is invoked again. AWS does not publish its own. */
const THROTTLED_DELAY_MILLIS = 1_000;

/** Runs until the queue is disposed of. */
export async function runMapping(queue: MessageQueue, fn: LocalFunction, region: string): Promise<void> {
  for (;;) {
    const message = await queue.receive();
    if (message === undefined) return;
    // Not awaited: a function that runs for long keeps no other message waiting.
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
  // An invocation that has not begun by then would be one of two.
  const signal = AbortSignal.timeout(queue.visibilityMillis);
  for (;;) {
    const { kind } = await fn.invoke(event, { signal });
    if (kind === 'returned') queue.delete(message.receiptHandle);
    if (kind !== 'throttled' || fn.isDisposed) return;
    await sleep(THROTTLED_DELAY_MILLIS, undefined, { ref: false });
    if (signal.aborted) return;
  }
}

/** Keys as in the sample of the page above. */
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
