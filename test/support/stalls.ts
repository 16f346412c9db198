// Tests that measure by the wall clock, on a machine that may stall.

/** A timer that is so late shows that this machine, or this process, has stood still. */
const STALL_MILLIS = 250;
const TIMER_MILLIS = 20;
const ATTEMPTS = 3;

/** Runs a test again when it failed while the machine stalled: what it measured says nothing then. A failure without a stall
 *  counts at once, and the third failure in any case. */
export async function despiteStalls(test: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let longestMillis = 0;
    let lastMillis = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      longestMillis = Math.max(longestMillis, now - lastMillis - TIMER_MILLIS);
      lastMillis = now;
    }, TIMER_MILLIS);
    try {
      return await test();
    } catch (error) {
      if (longestMillis < STALL_MILLIS || attempt === ATTEMPTS) throw error;
    } finally {
      clearInterval(timer);
    }
  }
}
