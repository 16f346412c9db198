// Asynchronous invocation as Lambda has it, for functions without retries: the caller is told at once, and the event waits for an
// environment up to its greatest age. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from './local-function.ts';

/** Delay before a throttled event is tried again for the first time. It doubles each time, up to five minutes. */
const THROTTLED_DELAY_MILLIS = 1_000;
const MAX_THROTTLED_DELAY_MILLIS = 5 * 60_000;

/** Gives the event to the function. An event that is dropped is reported in the function's output.
 *  @returns when the event is dealt with; never rejects */
export async function invokeAsynchronously(
  fn: LocalFunction,
  event: unknown,
  maxEventAgeMillis: number,
): Promise<void> {
  const latestMillis = performance.now() + maxEventAgeMillis;
  const signal = AbortSignal.timeout(maxEventAgeMillis);
  const drop = (condition: 'EventAgeExceeded' | 'RetriesExhausted') => fn.say(`an event was dropped: ${condition}`);
  for (
    let delayMillis = THROTTLED_DELAY_MILLIS;
    ;
    delayMillis = Math.min(2 * delayMillis, MAX_THROTTLED_DELAY_MILLIS)
  ) {
    const { kind } = await fn.invoke(event, { signal });
    if (kind === 'returned' || fn.isDisposed) return;
    if (kind === 'dropped') return drop('EventAgeExceeded');
    if (kind !== 'throttled') return drop('RetriesExhausted');
    if (performance.now() + delayMillis > latestMillis) return drop('EventAgeExceeded');
    await sleep(delayMillis, undefined, { ref: false });
  }
}
