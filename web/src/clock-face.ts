// The clock: the server's time in the local zone and in UTC, and the error of the viewer's clock.

import { describeClockError } from './clock-error.ts';
import { element, mark, write } from './dom.ts';
import type { Part, View } from './view.ts';

export class ClockFace implements Part {
  readonly #section = element('clock');
  readonly #time = element('local-time', HTMLTimeElement);
  readonly #hoursMinutes = element('hours-minutes');
  readonly #seconds = element('seconds');
  readonly #dayPeriod = element('day-period');
  readonly #date = element('date');
  readonly #zone = element('zone');
  readonly #utc = element('utc');
  readonly #error = element('clock-error');

  show({ client, texts, formats, now }: View): void {
    mark(this.#section, 'state', client.state);
    mark(this.#section, 'hours', String(formats.hours));
    write(this.#error, describeClockError(texts, client.offset, client.offsetErrorBound));
    if (now === undefined) return;
    const second = Math.floor(now / 1000) * 1000;
    const iso = new Date(second).toISOString();
    this.#showTime(formats.time.formatToParts(second));
    if (this.#time.dateTime !== iso) this.#time.dateTime = iso;
    write(this.#date, formats.date.format(second));
    write(this.#zone, formats.timeZone);
    write(this.#utc, iso.slice(0, 19).replace('T', ' '));
    mark(this.#section, 'known', 'true');
  }

  /** Shows hours and minutes in one size, seconds and AM or PM in other sizes. Some languages have PM before the
   *  hour. */
  #showTime(parts: readonly Intl.DateTimeFormatPart[]): void {
    const partOf = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)?.value ?? '';
    const hour = parts.findIndex(({ type }) => type === 'hour');
    const separator = parts[hour + 1]?.value ?? ':';
    write(this.#hoursMinutes, `${partOf('hour')}${separator}${partOf('minute')}`);
    write(this.#seconds, `${separator}${partOf('second')}`);
    const period = parts.findIndex(({ type }) => type === 'dayPeriod');
    const isFirst = period >= 0 && period < hour;
    write(this.#dayPeriod, period < 0 || isFirst ? partOf('dayPeriod') : ` ${partOf('dayPeriod')}`);
    if (isFirst && this.#dayPeriod !== this.#time.firstElementChild) this.#time.prepend(this.#dayPeriod);
    if (!isFirst && this.#dayPeriod !== this.#time.lastElementChild) this.#time.append(this.#dayPeriod);
  }
}
