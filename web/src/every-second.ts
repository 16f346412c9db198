// Calls back on each second of a clock that is not this machine's.

/** How soon to look again while the time is unknown. */
const UNKNOWN_MILLIS = 200;

/** Of the clock's own seconds. */
const WHOLE_SECONDS = [0];

export interface Seconds {
  /** Calls back at once, and waits anew: a clock that was corrected meanwhile has its next second at another moment. */
  again(): void;
  end(): void;
}

/** Calls back at once, and from then on as each second begins.
 *  @param now milliseconds since the epoch, undefined while unknown
 *  @param phases when a second begins, in milliseconds after the clock's own. Read each time */
export function everySecond(
  now: () => number | undefined,
  show: () => void,
  phases: () => readonly number[] = () => WHOLE_SECONDS,
): Seconds {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;
  const run = () => {
    clearTimeout(timer);
    const before = now();
    show();
    // Whoever was shown it may have ended it.
    if (!isOver) timer = setTimeout(run, waitMillis(before, now(), phases()));
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

/** @returns when a second begins that has the moment as its end, in milliseconds after the clock's own */
export function phaseOf(millis: number): number {
  return ((millis % 1000) + 1000) % 1000;
}

/** @param before when the callback began
 *  @param after when it had ended
 *  @returns how long to wait for the next second. None if that began meanwhile, or it would not be shown until the one
 *  after it */
function waitMillis(before: number | undefined, after: number | undefined, phases: readonly number[]): number {
  if (before === undefined || after === undefined) return UNKNOWN_MILLIS;
  const next = Math.min(...phases.map((phase) => (Math.floor((before - phase) / 1000) + 1) * 1000 + phase));
  // A timer that is early waits once more for the rest.
  return Math.max(0, Math.ceil(next - after));
}
