// How the page writes times and dates: in the reader's language, by 12 or 24 hours, in the system's zone.

import { inSystemZone } from './system-zone.ts';

export type Hours = 12 | 24;

export interface Formats {
  /** Such as `Europe/Berlin`. */
  readonly timeZone: string;
  readonly hours: Hours;
  /** Such as `8:39:21 PM` or `20:39:21`. */
  readonly time: Intl.DateTimeFormat;
  /** With the day of the week. */
  readonly date: Intl.DateTimeFormat;
  /** Date and time, with the era where it is not ours. */
  moment(millis: number): string;
}

/** @param text `?hours=`. @returns undefined for anything but 12 and 24: the habit of the language */
export function readHours(text: string | null): Hours | undefined {
  return text === '12' || text === '24' ? (Number(text) as Hours) : undefined;
}

/** @param hours undefined for the habit of the language
 *  @returns gives the formats for the system's zone as it is now */
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
