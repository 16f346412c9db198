// Retries tests that measure real time if the machine stalled.

import type { TestContext } from 'node:test';

/** If a timer is this late, the machine or this process has stalled. */
const STALL_MILLIS = 250;
const TIMER_MILLIS = 20;
const ATTEMPTS = 3;

/** Makes a test run again if it failed while the machine stalled, because its measurements are then meaningless. A
 *  failure without a stall counts immediately. The third failure always counts. */
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
