// The clocks of the machine, and sleeping by them.

import { performance } from 'node:perf_hooks';
import { type Clock, STEP_MILLIS } from './domain/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),

  monotonicMillis: () => performance.now(),

  async sleepUntil(epochMillis) {
    const startMillis = Date.now();
    const latestMonotonicMillis = performance.now() + (epochMillis - startMillis) + STEP_MILLIS;
    // A timer may fire a millisecond early by the wall clock, and the wall clock may be set meanwhile. So check it
    // again after each timer, and at least once a second.
    for (let rest = epochMillis - startMillis; rest > 0; rest = epochMillis - Date.now()) {
      const longestMillis = latestMonotonicMillis - performance.now();
      if (longestMillis <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(rest, longestMillis, 1_000)));
    }
  },
};
