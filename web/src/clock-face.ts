// The clock: the server's time here and in UTC, and how wrong this computer is.

import { describeClockError } from './clock-error.ts';
import { element, mark, write } from './dom.ts';
import type { Part, View } from './view.ts';

export class ClockFace implements Part {
  readonly #section = element('clock');
  readonly #time = element('local-time', HTMLTimeElement);
  readonly #hoursMinutes = element('hours-minutes');
  readonly #seconds = element('seconds');
  readonly #date = element('date');
  readonly #zone = element('zone');
  readonly #utc = element('utc');
  readonly #error = element('clock-error');
  readonly #timeFormat = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });
  #dateFormat: Intl.DateTimeFormat | undefined;
  #locale = '';

  show({ client, texts, locale, now }: View): void {
    mark(this.#section, 'state', client.state);
    write(this.#error, describeClockError(texts, client.offset, client.offsetErrorBound));
    if (now === undefined) return;
    const second = Math.floor(now / 1000) * 1000;
    const time = this.#timeFormat.format(second);
    const iso = new Date(second).toISOString();
    write(this.#hoursMinutes, time.slice(0, -3));
    write(this.#seconds, time.slice(-3));
    if (this.#time.dateTime !== iso) this.#time.dateTime = iso;
    write(this.#date, this.#dates(locale).format(second));
    write(this.#zone, this.#timeFormat.resolvedOptions().timeZone);
    write(this.#utc, iso.slice(0, 19).replace('T', ' '));
  }

  #dates(locale: string): Intl.DateTimeFormat {
    if (this.#dateFormat === undefined || locale !== this.#locale) {
      this.#locale = locale;
      this.#dateFormat = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
    }
    return this.#dateFormat;
  }
}
