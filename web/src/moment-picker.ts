// The form for the end of the countdown: date, time and time zone.

import { element } from './dom.ts';
import type { Part, View } from './view.ts';
import { instantOf, isoInZone, wallTimeOf } from './zoned-moment.ts';

const HOUR_MILLIS = 3_600_000;

export class MomentPicker implements Part {
  readonly #details = element('picker', HTMLDetailsElement);
  readonly #date = element('pick-date', HTMLInputElement);
  readonly #time = element('pick-time', HTMLInputElement);
  readonly #zone = element('pick-zone', HTMLSelectElement);
  readonly #error = element('pick-error');
  readonly #remove = element('remove-countdown');
  readonly #untilMillis: () => number | undefined;
  #nowMillis: number | undefined;

  /** @param untilMillis end of the current countdown
   *  @param picked called with an ISO 8601 instant with its offset, or null for no countdown */
  constructor(untilMillis: () => number | undefined, picked: (until: string | null) => void) {
    this.#untilMillis = untilMillis;
    const done = (until: string | null) => {
      this.#details.open = false;
      picked(until);
    };
    this.#details.addEventListener('toggle', () => this.#details.open && this.#fill());
    this.#remove.addEventListener('click', () => done(null));
    element('pick', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const timeZone = this.#zone.value;
      // Browsers without date and time fields use text fields, which accept any text.
      const millis = instantOf({ date: this.#date.value.trim(), time: this.#time.value.trim() }, timeZone);
      this.#error.hidden = millis !== undefined;
      if (millis !== undefined) done(isoInZone(millis, timeZone));
    });
  }

  show({ now }: View): void {
    this.#nowMillis = now;
    this.#remove.hidden = this.#untilMillis() === undefined;
  }

  /** Fills the form with the end of the countdown, or the next full hour. */
  #fill(): void {
    const systemZone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
    const now = this.#nowMillis ?? Date.now();
    const until = this.#untilMillis();
    const moment = until !== undefined && hasDate(until) ? until : (Math.floor(now / HOUR_MILLIS) + 1) * HOUR_MILLIS;
    const { date, time } = wallTimeOf(moment, systemZone);
    const zones = [...new Set([systemZone, 'UTC', ...(Intl.supportedValuesOf?.('timeZone') ?? [])])];
    this.#zone.replaceChildren(...zones.map((zone) => new Option(zone, zone)));
    this.#date.value = date;
    this.#time.value = time;
    this.#error.hidden = true;
  }
}

/** Returns whether a date field can contain this time in any time zone. */
function hasDate(millis: number): boolean {
  const year = new Date(millis).getUTCFullYear();
  return year > 0 && year < 9999;
}
