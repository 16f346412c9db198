// The element's attributes, read and checked, and what it shows for them.

import { meantInSeconds, parseMoment, remaining } from '../moment.ts';
import { inSystemZone } from '../system-zone.ts';

/** What an element's attributes say. Each is null where there is no such attribute. */
export interface Attributes {
  readonly 'time-zone': string | null;
  readonly format: string | null;
  readonly until: string | null;
}

export interface Shown {
  readonly text: string;
  /** For `<time datetime>`: an instant, or a duration until the moment. */
  readonly dateTime: string;
}

export interface Show {
  /** Milliseconds since the epoch. Undefined when there is no countdown. */
  readonly untilMillis?: number;
  /** @param nowMillis the server's time, milliseconds since the epoch */
  at(nowMillis: number): Shown;
}

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
  // The digits of the days, so that a text has digits of one kind.
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
    return `until must be a moment such as 2027-01-01T00:00:00Z, or milliseconds since 1970, got "${until}"`;
  return `until must be in milliseconds since 1970, got "${until}": are these seconds? Then write ${millis}`;
}

function checkTimeZone(timeZone: string | null): void {
  try {
    if (timeZone !== null) new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw new RangeError(`time-zone must be a name such as Europe/Berlin, or UTC, got "${timeZone}"`);
  }
}

/** @param make throws for a `lang` that is no language tag: then it is made for the browser's language */
function inLanguage<Format>(locale: string | undefined, make: (locale: string | undefined) => Format): Format {
  try {
    return make(locale);
  } catch {
    return make(undefined);
  }
}
