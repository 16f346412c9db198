// Asynchronous invocation as Lambda has it: the caller is told at once, the event waits for an environment up to its
// greatest age, and an invocation that fails is repeated as configured.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalFunction } from './local-function.ts';

export interface AsynchronousOptions {
  /** 0 to 2, which is Lambda's default. */
  readonly retryAttempts: number;
  readonly maxEventAgeMillis: number;
  /** Before the first and the second repetition. @default 60,000 and 120,000 */
  readonly retryDelaysMillis?: readonly number[];
}

const RETRY_DELAYS_MILLIS = [60_000, 120_000];

/** Delay before a throttled event is tried again for the first time. It doubles each time, up to five minutes. */
const THROTTLED_DELAY_MILLIS = 1_000;
const MAX_THROTTLED_DELAY_MILLIS = 5 * 60_000;

/** Gives the event to the function.
 *  @param dropped told why when the event is given up; says so in the function's output unless told otherwise
 *  @returns when the event is dealt with; never rejects */
export async function invokeAsynchronously(
  fn: LocalFunction,
  event: unknown,
  { retryAttempts, maxEventAgeMillis, retryDelaysMillis = RETRY_DELAYS_MILLIS }: AsynchronousOptions,
  dropped: (condition: 'EventAgeExceeded' | 'RetriesExhausted') => void = (condition) =>
    fn.say(`an event was dropped: ${condition}`),
): Promise<void> {
  const latestMillis = performance.now() + maxEventAgeMillis;
  const signal = AbortSignal.timeout(maxEventAgeMillis);
  let throttledDelayMillis = THROTTLED_DELAY_MILLIS;
  let attempts = 0;
  for (;;) {
    const { kind } = await fn.invoke(event, { signal });
    if (kind === 'returned' || fn.isDisposed) return;
    if (kind === 'dropped') return dropped('EventAgeExceeded');
    let delayMillis = throttledDelayMillis;
    if (kind === 'throttled') {
      throttledDelayMillis = Math.min(2 * throttledDelayMillis, MAX_THROTTLED_DELAY_MILLIS);
    } else {
      if (attempts >= retryAttempts) return dropped('RetriesExhausted');
      delayMillis = retryDelaysMillis[attempts++] ?? 0;
    }
    if (performance.now() + delayMillis > latestMillis) return dropped('EventAgeExceeded');
    await sleep(delayMillis, undefined, { ref: false });
  }
}
