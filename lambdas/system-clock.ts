// The wall clock of the machine.

import type { Clock } from './domain/ports.ts';

export const systemClock: Clock = {
  now: () => Date.now(),

  async sleepUntil(epochMillis) {
    // A timer may fire a millisecond early by the wall clock, and the wall clock may be set while it runs.
    for (let rest = epochMillis - Date.now(); rest > 0; rest = epochMillis - Date.now()) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(rest, 1_000)));
    }
  },
};
