// Reads and checks the attributes of the element, and formats the text that it shows.

import { meantInSeconds, parseMoment, remaining } from '../moment.ts';
import { inSystemZone } from '../system-zone.ts';

/** Values of the attributes. Null if an attribute is missing. */
export interface Attributes {
  readonly 'time-zone': string | null;
  readonly format: string | null;
  readonly until: string | null;
}

export interface Shown {
  readonly text: string;
  /** Value for `<time datetime>`: an instant, or the duration until the end of the countdown. */
  readonly dateTime: string;
}

export interface Show {
  /** End of the countdown as Unix time in milliseconds. Undefined if there is no countdown. */
  readonly untilMillis?: number;
  /** @param nowMillis the server's time as Unix time in milliseconds */
  at(nowMillis: number): Shown;
}

/** Formats by the value of `format`. */
const FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  time: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  'time-short': { hour: '2-digit', minute: '2-digit' },
  date: { dateStyle: 'full' },
  'date-time': { dateStyle: 'long', timeStyle: 'medium' },
};

const ISO = 'iso';

/** @param locale language at the element's position; undefined for the browser's language
 *  @throws RangeError with the invalid attribute, its value and the allowed values */
export function readAttributes(attributes: Attributes, locale: string | undefined): Show {
  const { until, format } = attributes;
  if (until !== null) return countdown(until, locale);
  if (format === ISO) return { at: instant };
  const options = Object.hasOwn(FORMATS, format ?? 'time') ? FORMATS[format ?? 'time'] : undefined;
  if (options === undefined) {
    throw new RangeError(`format must be one of ${[...Object.keys(FORMATS), ISO].join(', ')}, got "${format}"`);
  }
  const timeZone = attributes['time-zone'];
  checkTimeZone(timeZone);
  const dates = inSystemZone(() =>
    inLanguage(
      locale,
      (language) => new Intl.DateTimeFormat(language, { ...options, ...(timeZone !== null && { timeZone }) }),
    ),
  );
  return {
    at(nowMillis) {
      const second = Math.floor(nowMillis / 1000) * 1000;
      return { text: dates().format(second), dateTime: new Date(second).toISOString() };
    },
  };
}

function instant(nowMillis: number): Shown {
  const text = `${new Date(nowMillis).toISOString().slice(0, -5)}Z`;
  return { text, dateTime: text };
}

function countdown(until: string, locale: string | undefined): Show {
  const untilMillis = parseMoment(until);
  if (untilMillis === undefined) throw new RangeError(refusal(until));
  const days = inLanguage(
    locale,
    (language) => new Intl.NumberFormat(language, { style: 'unit', unit: 'day', unitDisplay: 'narrow' }),
  );
  // Formats the days in the same digits as the time.
  const twoDigits = inLanguage(
    locale,
    (language) => new Intl.NumberFormat(language, { minimumIntegerDigits: 2, useGrouping: false }),
  );
  return {
    untilMillis,
    at(nowMillis) {
      const left = remaining(untilMillis, Math.min(nowMillis, untilMillis));
      const time = [left.hours, left.minutes, left.seconds].map((part) => twoDigits.format(part)).join(':');
      return {
        text: left.days > 0 ? `${days.format(left.days)} ${time}` : time,
        dateTime: left.isReached ? 'PT0S' : `P${left.days}DT${left.hours}H${left.minutes}M${left.seconds}S`,
      };
    },
  };
}

function refusal(until: string): string {
  const millis = meantInSeconds(until);
  if (millis === undefined)
    return `until must be a time such as 2027-01-01T00:00:00Z, or milliseconds since 1970, got "${until}"`;
  return `until must be in milliseconds since 1970, got "${until}", which looks like seconds; use ${millis}`;
}

function checkTimeZone(timeZone: string | null): void {
  try {
    if (timeZone !== null) new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new RangeError(`time-zone must be a name such as Europe/Berlin, or UTC, got "${timeZone}"`);
  }
}

/** Creates a format. If `make` throws because `lang` is not a language tag, uses the browser's language. */
function inLanguage<Format>(locale: string | undefined, make: (locale: string | undefined) => Format): Format {
  try {
    return make(locale);
  } catch {
    return make(undefined);
  }
}
