// A moment that somebody wrote down, and what is left until then.

import { MAX_EPOCH_MILLIS } from '../../protocol/tick.ts';

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/i;

/** As numbers of seconds, from 2001 to 5138; as milliseconds, days in 1970 and 1973 that nobody counts down to. */
const SECONDS = { min: 1e9, max: 1e11 } as const;

/** @param text an ISO 8601 instant with its offset from UTC, or milliseconds since the epoch
 *  @returns milliseconds since the epoch; undefined for anything else, and for what {@link meantInSeconds} takes */
export function parseMoment(text: string): number | undefined {
  // A plus sign in a query string is read as a space.
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

/** @returns milliseconds since the epoch, if the text is most likely a number of seconds, such as `1798761600` */
export function meantInSeconds(text: string): number | undefined {
  const number = /^\s*\d{10,11}\s*$/.test(text) ? Number(text) : 0;
  return number >= SECONDS.min && number < SECONDS.max ? number * 1000 : undefined;
}

function inRange(millis: number): number | undefined {
  return Math.abs(millis) <= MAX_EPOCH_MILLIS ? millis : undefined;
}

/** `Date` takes 30 February for 2 March. */
function isDay(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

export interface Remaining {
  /** The moment has come. */
  readonly isReached: boolean;
  /** Whole days until then, or since. */
  readonly days: number;
  /** The rest of the day. */
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** Whole seconds: zero is shown when the moment comes, not a second before. */
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
