// Emulates one `rate(...)` schedule of EventBridge Scheduler. It invokes its target once per period, and first when it
// is created. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

export interface ScheduleOptions {
  readonly periodMillis: number;
  /** @param scheduledAt planned time, ISO 8601, like `<aws.scheduler.scheduled-time>` */
  invoke(scheduledAt: string): void;
  /** Lateness of the invocations. @default - without lateness */
  readonly jitter?: Jitter;
}

/** Lateness of the invocations of one occurrence: milliseconds after the planned time, one number for each
 *  invocation. */
export type Jitter = () => readonly number[];

export const punctual: Jitter = () => [0];

/** Returns the lateness of a poor schedule: any time within the period, one in five twice, and one in five not at all,
 *  but never three in a row. @param random returns a number from 0 up to 1 */
export function makeWorstJitter(periodMillis: number, random: () => number): Jitter {
  let missed = 0;
  return () => {
    const delayMillis = random() * 0.98 * periodMillis;
    const fate = random();
    missed = fate < 0.2 && missed < 2 ? missed + 1 : 0;
    if (missed > 0) return [];
    return fate > 0.8 ? [delayMillis, delayMillis + random() * 2_000] : [delayMillis];
  };
}

/** Starts a schedule. It uses the monotonic clock, so that setting the wall clock causes neither a gap nor a burst.
 *  @returns a function that stops the schedule; running invocations continue */
export function startSchedule({ periodMillis, invoke, jitter = punctual }: ScheduleOptions): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const createdMillis = performance.now();
  fire(createdMillis);
  wait(createdMillis);
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };

  /** Computes each occurrence from the first, so the schedule does not drift. Skips occurrences that passed while the
   *  machine was asleep, because of the schedule's maximum event age. */
  function wait(dueMillis: number): void {
    // A timer may fire a millisecond early. The next occurrence must still be another one.
    const periods = Math.max(1, Math.floor((performance.now() - dueMillis) / periodMillis) + 1);
    const nextMillis = dueMillis + periods * periodMillis;
    after(nextMillis - performance.now(), () => {
      wait(nextMillis);
      for (const delayMillis of jitter()) after(delayMillis, () => fire(nextMillis));
    });
  }

  /** Reads the wall clock now, because it may have been set while the invocation was late. */
  function fire(dueMillis: number): void {
    const lateMillis = Math.max(0, performance.now() - dueMillis);
    invoke(new Date(Date.now() - lateMillis).toISOString());
  }

  function after(millis: number, act: () => void): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        act();
      },
      Math.max(0, millis),
    );
    timers.add(timer);
  }
}
