// Tests that measure by the wall clock, on a machine that may stall.

import type { TestContext } from 'node:test';

/** A timer that is so late shows that this machine, or this process, has stood still. */
const STALL_MILLIS = 250;
const TIMER_MILLIS = 20;
const ATTEMPTS = 3;

/** Makes a test that runs again when it failed while the machine stalled: what it measured says nothing then. A failure without a
 *  stall counts at once, and the third failure in any case. */
export function retryOnStalls(test: (t: TestContext) => Promise<void>): (t: TestContext) => Promise<void> {
  return async (t) => {
    for (let attempt = 1; ; attempt++) {
      let longestMillis = 0;
      let lastMillis = performance.now();
      const look = () => {
        const now = performance.now();
        longestMillis = Math.max(longestMillis, now - lastMillis - TIMER_MILLIS);
        lastMillis = now;
      };
      const timer = setInterval(look, TIMER_MILLIS);
      try {
        return await test(t);
      } catch (error) {
        look();
        if (longestMillis < STALL_MILLIS || attempt === ATTEMPTS) throw error;
        t.diagnostic(`runs again after a stall of ${Math.round(longestMillis)} ms: ${error}`);
      } finally {
        clearInterval(timer);
      }
    }
  };
}
