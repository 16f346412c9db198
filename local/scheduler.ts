// A stand-in for one EventBridge Scheduler schedule of `rate(...)`: it invokes its target once a period, the first time
// when it is created. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

export interface ScheduleOptions {
  readonly periodMillis: number;
  /** @param scheduledAt the moment meant, ISO 8601, as `<aws.scheduler.scheduled-time>` */
  invoke(scheduledAt: string): void;
  /** How far the invocations stray from the moments meant. @default punctual */
  readonly jitter?: Jitter;
}

/** When the invocations of one occurrence come: milliseconds after the moment meant, one for each. */
export type Jitter = () => readonly number[];

export const punctual: Jitter = () => [0];

/** As bad as EventBridge may be: anywhere within the period, one in five twice, one in five not at all but never three in a
 *  row. @param random from 0 up to 1 */
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

/** Waits by the monotonic clock, so that setting the wall clock causes neither a gap nor a burst.
 *  @returns a function that stops the schedule; running invocations go on */
export function startSchedule({ periodMillis, invoke, jitter = punctual }: ScheduleOptions): () => void {
  const timers = new Set<NodeJS.Timeout>();
  const createdMillis = performance.now();
  fire(createdMillis);
  wait(createdMillis);
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };

  /** Each occurrence follows from the first, so the schedule does not drift. Those that passed while the machine was
   *  asleep are left out, as the schedule's maximum event age has it. */
  function wait(dueMillis: number): void {
    // A timer may fire a millisecond early: the next occurrence is another one all the same.
    const periods = Math.max(1, Math.floor((performance.now() - dueMillis) / periodMillis) + 1);
    const nextMillis = dueMillis + periods * periodMillis;
    after(nextMillis - performance.now(), () => {
      wait(nextMillis);
      for (const delayMillis of jitter()) after(delayMillis, () => fire(nextMillis));
    });
  }

  /** The wall clock is read now, since it may have been set while the invocation was late. */
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
