// A wake queue on a service with scripted answers, and the dates that the queue has reported.

import type { TestContext } from 'node:test';
import { makeSqsWakeQueue, type SqsWakeQueueOptions } from '../../lambdas/aws/sqs-wake-queue.ts';
import type { ObservedDate } from '../../lambdas/domain/clock-proof.ts';
import type { WakeMessage } from '../../lambdas/domain/ports.ts';
import { systemClock } from '../../lambdas/system-clock.ts';
import { makeTableClient } from './dynamodb.ts';
import { type ServiceAnswer, startScriptedService } from './scripted-service.ts';

export const QUEUE_PATH = '/000000000000/tickcast-wake-3';
export const TAKEN: ServiceAnswer = { body: { Successful: [{ Id: '0' }], Failed: [] } };

export const WAKE: WakeMessage = { reason: 'wake', delaySeconds: 0, sentBy: 'a' };
export const TICK: WakeMessage = {
  reason: 'tick',
  delaySeconds: 57,
  sentBy: 'b',
  boundaryMillis: 60_000,
  leadMillis: 1_400,
};

type Changes = Partial<SqsWakeQueueOptions>;

/** Of shard 3. */
export function makeTestQueue(t: Pick<TestContext, 'after'>, queueUrl: string, changes: Changes = {}) {
  // No test uses this table.
  const client = makeTableClient('http://127.0.0.1:9');
  t.after(() => client.destroy());
  const dates: ObservedDate[] = [];
  const options = { queueUrl, endpoint: undefined, shard: 3, clock: systemClock, ...changes };
  return { queue: makeSqsWakeQueue(client, { ...options, onDate: (date) => dates.push(date) }), dates };
}

/** @param answers answers by request; further requests get the last one */
export async function startScriptedQueue(
  t: Pick<TestContext, 'after'>,
  answers: readonly ServiceAnswer[],
  changes?: Changes,
) {
  const service = await startScriptedService(t, (_, index) => answers[Math.min(index, answers.length - 1)] ?? TAKEN);
  return { service, ...makeTestQueue(t, service.endpoint + QUEUE_PATH, changes) };
}
