// Converts between an instant and the local date and time of a time zone, using only `Intl`.

export interface WallTime {
  /** For example `2027-01-01`. */
  readonly date: string;
  /** For example `08:00` or `08:00:30`. */
  readonly time: string;
}

const WALL_TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d(?::\d\d)?)$/;
const DAY_MILLIS = 86_400_000;

export function wallTimeOf(millis: number, timeZone: string): WallTime {
  const [date = '', time = ''] = new Date(millis + offsetMillis(millis, timeZone)).toISOString().split('T');
  return { date, time: time.slice(0, 8) };
}

/** If a local time exists twice, returns the first one. If it does not exist, adds the amount by which the clocks are
 *  set forward.
 *  @returns Unix time in milliseconds; undefined for an invalid date or time */
export function instantOf({ date, time }: WallTime, timeZone: string): number | undefined {
  const wallMillis = WALL_TIME.test(`${date}T${time}`) ? Date.parse(`${date}T${time}Z`) : Number.NaN;
  // `Date` interprets 30 February as 2 March.
  if (Number.isNaN(wallMillis) || !new Date(wallMillis).toISOString().startsWith(date)) return undefined;
  const before = wallMillis - offsetMillis(wallMillis - DAY_MILLIS, timeZone);
  const after = wallMillis - offsetMillis(wallMillis + DAY_MILLIS, timeZone);
  const shows = (millis: number) => millis + offsetMillis(millis, timeZone) === wallMillis;
  return [before, after].sort((one, other) => one - other).find(shows) ?? before;
}

/** Formats an instant, for example `2027-01-01T08:00:00+08:00`. Uses UTC if the offset is not a whole minute. */
export function isoInZone(millis: number, timeZone: string): string {
  const minutes = offsetMillis(millis, timeZone) / 60_000;
  const { date, time } = wallTimeOf(millis, timeZone);
  if (!Number.isInteger(minutes)) return `${new Date(millis).toISOString().slice(0, 19)}Z`;
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${date}T${time}${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}

/** Returns how far local time is ahead of UTC. */
function offsetMillis(millis: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const parts = new Map(format.formatToParts(millis).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const wall = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return wall - Math.floor(millis / 1000) * 1000;
}
