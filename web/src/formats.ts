// Formats for times and dates: in the user's language, with 12 or 24 hours, in the system's time zone.

import { inSystemZone } from './system-zone.ts';

export type Hours = 12 | 24;

export interface Formats {
  /** For example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly hours: Hours;
  /** For example `8:39:21 PM` or `20:39:21`. */
  readonly time: Intl.DateTimeFormat;
  /** With the day of the week. */
  readonly date: Intl.DateTimeFormat;
  /** Date and time, with the era if it is not the current one. */
  moment(millis: number): string;
}

/** @param text value of `?hours=` @returns 12, 24, or undefined for the default of the language */
export function readHours(text: string | null): Hours | undefined {
  return text === '12' || text === '24' ? (Number(text) as Hours) : undefined;
}

/** @param hours undefined for the default of the language
 *  @returns a function that returns the formats for the current system time zone */
export function makeFormats(locale: string, hours: Hours | undefined): () => Formats {
  return inSystemZone(() => {
    const habit = new Intl.DateTimeFormat(locale, { hour: 'numeric' }).resolvedOptions().hour12 ? 12 : 24;
    const chosen = hours ?? habit;
    const hourCycle = chosen === 12 ? 'h12' : 'h23';
    const hour = chosen === 12 ? 'numeric' : '2-digit';
    const clock = { hour, minute: '2-digit', second: '2-digit', hourCycle } as const;
    const time = new Intl.DateTimeFormat(locale, clock);
    const day = { year: 'numeric', month: 'long', day: 'numeric' } as const;
    const moment = new Intl.DateTimeFormat(locale, { ...day, ...clock });
    const oldMoment = new Intl.DateTimeFormat(locale, { era: 'short', ...day, ...clock });
    return {
      timeZone: time.resolvedOptions().timeZone,
      hours: chosen,
      time,
      date: new Intl.DateTimeFormat(locale, { dateStyle: 'full' }),
      moment: (millis) => (new Date(millis).getFullYear() > 0 ? moment : oldMoment).format(millis),
    };
  });
}
