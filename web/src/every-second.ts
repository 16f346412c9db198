// Calls back on each second of a clock that is not this machine's.

/** How soon to look again while the time is unknown. */
const UNKNOWN_MILLIS = 200;

export interface Seconds {
  /** Calls back at once, and waits anew: a clock that was corrected meanwhile has its next second at another moment. */
  again(): void;
  end(): void;
}

/** Calls back at once, and from then on as each second begins.
 *  @param now milliseconds since the epoch, undefined while unknown */
export function everySecond(now: () => number | undefined, show: () => void): Seconds {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const run = () => {
    clearTimeout(timer);
    const before = now();
    show();
    // Whoever was shown it may have ended it.
    if (!isOver) timer = setTimeout(run, waitMillis(before, now()));
  };
  run();
  return {
    again: () => {
      if (!isOver) run();
    },
    end: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** @param before when the callback began
 *  @param after when it had ended
 *  @returns how long to wait for the next second. None if that began meanwhile, or it would not be shown until the one after it */
function waitMillis(before: number | undefined, after: number | undefined): number {
  if (before === undefined || after === undefined) return UNKNOWN_MILLIS;
  if (Math.floor(before / 1000) !== Math.floor(after / 1000)) return 0;
  // A timer that is early waits once more for the rest.
  return Math.ceil(1000 - (after % 1000));
}
