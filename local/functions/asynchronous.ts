// Asynchronous invocation as in Lambda, for functions without retries. The caller does not wait. The event waits for an
// environment until its maximum age.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from './local-function.ts';

/** Delay before the first retry of a throttled event. It doubles with each retry, up to five minutes. */
const THROTTLED_DELAY_MILLIS = 1_000;
const MAX_THROTTLED_DELAY_MILLIS = 5 * 60_000;

/** Invokes the function with the event. A dropped event is reported in the function's output. Resolves when the
 *  function has returned or the event is dropped. Never rejects. */
export async function invokeAsynchronously(
  fn: LocalFunction,
  event: unknown,
  maxEventAgeMillis: number,
): Promise<void> {
  const latestMillis = performance.now() + maxEventAgeMillis;
  const signal = AbortSignal.timeout(maxEventAgeMillis);
  const drop = (condition: 'EventAgeExceeded' | 'RetriesExhausted') => fn.log(`an event was dropped: ${condition}`);
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
