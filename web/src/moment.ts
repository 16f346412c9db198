// A moment that somebody wrote down, and what is left until then.

import { MAX_EPOCH_MILLIS } from '../../protocol/tick.ts';

const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d{1,9})?)?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)$/i;

const DAY_MILLIS = 24 * 60 * 60 * 1000;

/** @param text an ISO 8601 instant with its offset from UTC, or milliseconds since the epoch
 *  @returns milliseconds since the epoch; undefined for anything else */
export function parseMoment(text: string): number | undefined {
  // A plus sign in a query string is read as a space.
  const trimmed = text.trim().replace(/ (?=\d\d:?\d\d$)/, '+');
  if (/^-?\d{1,16}$/.test(trimmed)) return inRange(Number(trimmed));
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
  /** The rest, such as `03:59:07`. */
  readonly time: string;
}

/** Whole seconds: zero is shown when the moment comes, not a second before. */
export function remaining(untilMillis: number, nowMillis: number): Remaining {
  const isReached = nowMillis >= untilMillis;
  const seconds = isReached
    ? Math.floor((nowMillis - untilMillis) / 1000)
    : Math.ceil((untilMillis - nowMillis) / 1000);
  const days = Math.floor((seconds * 1000) / DAY_MILLIS);
  const parts = [(seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60];
  return { isReached, days, time: parts.map((part) => String(Math.floor(part)).padStart(2, '0')).join(':') };
}
