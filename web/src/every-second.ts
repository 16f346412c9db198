// Calls back on each second of a clock other than this machine's.

/** Time between checks while the time is unknown. */
const UNKNOWN_MILLIS = 200;

/** Seconds start on the seconds of the clock. */
const WHOLE_SECONDS = [0];

export interface Seconds {
  /** Calls back immediately, and waits for the next second again, because the clock may have been corrected. */
  again(): void;
  end(): void;
}

/** Calls back immediately, and then at the start of each second.
 *  @param now returns Unix time in milliseconds, or undefined if unknown
 *  @param phases returns the starts of seconds, in milliseconds after the seconds of the clock. Called before each
 *  wait */
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
    // The callback may have ended it.
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

/** @returns start of the seconds that end at this time, in milliseconds after the seconds of the clock */
export function phaseOf(millis: number): number {
  return ((millis % 1000) + 1000) % 1000;
}

/** @param before time at which the callback started
 *  @param after time at which the callback ended
 *  @returns time to wait for the next second. 0 if it started during the callback, so that no second is skipped */
function waitMillis(before: number | undefined, after: number | undefined, phases: readonly number[]): number {
  if (before === undefined || after === undefined) return UNKNOWN_MILLIS;
  const next = Math.min(...phases.map((phase) => (Math.floor((before - phase) / 1000) + 1) * 1000 + phase));
  // If a timer is early, wait once more for the rest.
  return Math.max(0, Math.ceil(next - after));
}
