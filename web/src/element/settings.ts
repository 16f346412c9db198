// The element's attributes, read and checked, and what it shows for them.

import { parseMoment, remaining } from '../moment.ts';

/** What an element's attributes say. Each is null where there is no such attribute. */
export interface Attributes {
  readonly 'time-zone': string | null;
  readonly format: string | null;
  readonly until: string | null;
}

export interface Shown {
  readonly text: string;
  /** For `<time datetime>`: an instant, or a duration until or since the moment. */
  readonly dateTime: string;
  /** There is a moment, and it has come. */
  readonly isReached: boolean;
}

/** @param nowMillis the server's time, milliseconds since the epoch */
export type Show = (nowMillis: number) => Shown;

/** By the value of `format`. */
const FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  'time-short': { hour: '2-digit', minute: '2-digit' },
  date: { dateStyle: 'full' },
  'date-time': { dateStyle: 'long', timeStyle: 'medium' },
};

const ISO = 'iso';

/** @param locale the language of the element's surroundings; undefined for the browser's
 *  @throws RangeError naming the attribute that is not allowed, what was got, and what is allowed */
export function readAttributes(attributes: Attributes, locale: string | undefined): Show {
  const { until, format } = attributes;
  if (until !== null) return countdown(until, locale);
  if (format === ISO) return instant;
  const options = Object.hasOwn(FORMATS, format ?? 'time') ? FORMATS[format ?? 'time'] : undefined;
  if (options === undefined) {
    throw new RangeError(`format must be one of ${[...Object.keys(FORMATS), ISO].join(', ')}, got "${format}"`);
  }
  const dates = dateTimeFormat(locale, options, attributes['time-zone']);
  return (nowMillis) => {
    const second = Math.floor(nowMillis / 1000) * 1000;
    return { text: dates.format(second), dateTime: new Date(second).toISOString(), isReached: false };
  };
}

function instant(nowMillis: number): Shown {
  const text = `${new Date(nowMillis).toISOString().slice(0, -5)}Z`;
  return { text, dateTime: text, isReached: false };
}

function countdown(until: string, locale: string | undefined): Show {
  const untilMillis = parseMoment(until);
  if (untilMillis === undefined) {
    const form = 'a moment such as 2027-01-01T00:00:00Z, or milliseconds since 1970';
    throw new RangeError(`until must be ${form}, got "${until}"`);
  }
  const dayFormat = numberFormat(locale);
  return (nowMillis) => {
    const { isReached, days, time } = remaining(untilMillis, nowMillis);
    if (isReached) return { text: '00:00:00', dateTime: 'PT0S', isReached };
    const [hours, minutes, seconds] = time.split(':').map(Number);
    return {
      text: days > 0 ? `${dayFormat.format(days)} ${time}` : time,
      dateTime: `P${days}DT${hours}H${minutes}M${seconds}S`,
      isReached,
    };
  };
}

function dateTimeFormat(
  locale: string | undefined,
  options: Intl.DateTimeFormatOptions,
  timeZone: string | null,
): Intl.DateTimeFormat {
  const make = (language: string | undefined) =>
    new Intl.DateTimeFormat(language, { ...options, ...(timeZone !== null && { timeZone }) });
  try {
    new Intl.DateTimeFormat('en', timeZone === null ? {} : { timeZone });
  } catch {
    throw new RangeError(`time-zone must be a name such as Europe/Berlin, or UTC, got "${timeZone}"`);
  }
  try {
    return make(locale);
  } catch {
    // A `lang` that is no language tag.
    return make(undefined);
  }
}

function numberFormat(locale: string | undefined): Intl.NumberFormat {
  const options = { style: 'unit', unit: 'day', unitDisplay: 'narrow' } as const;
  try {
    return new Intl.NumberFormat(locale, options);
  } catch {
    return new Intl.NumberFormat(undefined, options);
  }
}
