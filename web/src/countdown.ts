// The countdown to `?until=`, or what is wrong with it.

import { element, mark, write } from './dom.ts';
import { parseMoment, remaining } from './moment.ts';
import type { Part, View } from './view.ts';

const MAX_SHOWN_LENGTH = 60;

export class Countdown implements Part {
  readonly #given: string | null;
  readonly #until: number | undefined;
  readonly #announce: (text: string) => void;
  readonly #section = element('countdown');
  readonly #title = element('countdown-title');
  readonly #days = element('countdown-days');
  readonly #time = element('countdown-time');
  readonly #complaint = element('bad-moment');
  #isWaiting = false;

  /** @param given null when there is to be no countdown */
  constructor(given: string | null, announce: (text: string) => void) {
    this.#given = given;
    this.#until = given === null ? undefined : parseMoment(given);
    this.#announce = announce;
    this.#complaint.hidden = given === null || this.#until !== undefined;
    this.#section.hidden = this.#until === undefined;
  }

  show({ texts, locale, now }: View): void {
    if (this.#until === undefined) {
      if (this.#given !== null) write(this.#complaint, texts.badMoment(shortened(this.#given)));
      return;
    }
    const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'medium' }).format(this.#until);
    const { isReached, days, time } = remaining(this.#until, now ?? this.#until);
    write(this.#title, isReached && now !== undefined ? texts.since(date) : texts.until(date));
    write(this.#days, days > 0 ? texts.days(days) : '');
    write(this.#time, now === undefined ? '--:--:--' : time);
    if (now === undefined) return;
    if (this.#isWaiting && isReached) this.#announce(texts.page.itIsTime);
    this.#isWaiting = !isReached;
    mark(this.#section, 'reached', String(isReached));
  }
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}
