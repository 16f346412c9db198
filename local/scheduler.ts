// A stand-in for one EventBridge Scheduler schedule of `rate(...)`: it invokes its target once a period, the first time
// when it is created. https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html

export interface ScheduleOptions {
  readonly periodMillis: number;
  /** @param scheduledAt the moment meant, ISO 8601, as `<aws.scheduler.scheduled-time>` */
  invoke(scheduledAt: string): void;
}

/** @returns what stops the schedule; running invocations go on */
export function startSchedule({ periodMillis, invoke }: ScheduleOptions): () => void {
  let timer: NodeJS.Timeout;
  fire(Date.now());
  return () => clearTimeout(timer);

  /** Each occurrence follows from the first, so the schedule does not drift. Those that passed while the machine was
   *  asleep are left out, as the schedule's maximum event age has it. */
  function fire(scheduledAtMillis: number): void {
    // A timer may fire a millisecond early by the wall clock: the next occurrence is another one all the same.
    const periods = Math.max(1, Math.floor((Date.now() - scheduledAtMillis) / periodMillis) + 1);
    const nextMillis = scheduledAtMillis + periods * periodMillis;
    timer = setTimeout(fire, Math.max(0, nextMillis - Date.now()), nextMillis);
    invoke(new Date(scheduledAtMillis).toISOString());
  }
}
