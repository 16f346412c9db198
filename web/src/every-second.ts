// Calls back on each second of a clock that is not this machine's.

/** How soon to look again while the time is unknown. */
const UNKNOWN_MILLIS = 200;

/** Calls back at once, and from then on as each second begins.
 *  @param now milliseconds since the epoch, undefined while unknown
 *  @returns what ends it */
export function everySecond(now: () => number | undefined, show: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let isOver = false;
  const run = () => {
    show();
    // Whoever was shown it may have ended it.
    if (isOver) return;
    const time = now();
    // A timer that is early by a fraction waits once more for the rest.
    timer = setTimeout(run, time === undefined ? UNKNOWN_MILLIS : 1000 - (time % 1000));
  };
  run();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}
