// Parses the end of a countdown, and computes the remaining time.

import { MAX_EPOCH_MILLIS } from '../../protocol/tick.ts';

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/i;

/** Numbers in this range are years 2001 to 5138 as seconds, and 1970 to 1973 as milliseconds, so seconds are meant. */
const SECONDS = { min: 1e9, max: 1e11 } as const;

/** @param text an ISO 8601 instant with its offset from UTC, or Unix time in milliseconds
 *  @returns Unix time in milliseconds; undefined for another text, and for one that {@link meantInSeconds} accepts */
export function parseMoment(text: string): number | undefined {
  // A plus sign in a query string is decoded as a space.
  const trimmed = text.trim().replace(/ (?=\d\d:?\d\d$)/, '+');
  if (/^-?\d{1,16}$/.test(trimmed)) return meantInSeconds(trimmed) === undefined ? inRange(Number(trimmed)) : undefined;
  const [, year, month, day] = INSTANT.exec(trimmed) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  return inRange(
    Date.parse(
      trimmed
        .toUpperCase()
        .replace(',', '.')
        .replace(/([+-]\d\d)(\d\d)$/, '$1:$2'),
    ),
  );
}

/** @returns Unix time in milliseconds if the text is probably a number of seconds, for example `1798761600` */
export function meantInSeconds(text: string): number | undefined {
  const number = /^\s*\d{10,11}\s*$/.test(text) ? Number(text) : 0;
  return number >= SECONDS.min && number < SECONDS.max ? number * 1000 : undefined;
}

function inRange(millis: number): number | undefined {
  return Math.abs(millis) <= MAX_EPOCH_MILLIS ? millis : undefined;
}

/** Rejects dates such as 30 February, which `Date` interprets as 2 March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export interface Remaining {
  /** Whether the end is reached. */
  readonly isReached: boolean;
  /** Whole days until the end, or since. */
  readonly days: number;
  /** Hours, minutes and seconds in addition to the days. */
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Rounds up to whole seconds, so that zero is shown when the end is reached and not a second before. */
export function remaining(untilMillis: number, nowMillis: number): Remaining {
  const isReached = nowMillis >= untilMillis;
  const all = isReached ? Math.floor((nowMillis - untilMillis) / 1000) : Math.ceil((untilMillis - nowMillis) / 1000);
  return {
    isReached,
    days: Math.floor(all / 86_400),
    hours: Math.floor(all / 3600) % 24,
    minutes: Math.floor(all / 60) % 60,
    seconds: all % 60,
  };
}
