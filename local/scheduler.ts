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

  /** Each occurrence follows from the first, so the schedule does not drift. */
  function fire(scheduledAtMillis: number): void {
    const nextMillis = scheduledAtMillis + periodMillis;
    timer = setTimeout(fire, Math.max(0, nextMillis - Date.now()), nextMillis);
    invoke(new Date(scheduledAtMillis).toISOString());
  }
}
