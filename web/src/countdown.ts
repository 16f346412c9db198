// The countdown to a time, or an error message.

import { element, mark, write } from './dom.ts';
import { meantInSeconds, parseMoment, remaining } from './moment.ts';
import { withParameter } from './page-url.ts';
import type { Part, View } from './view.ts';

const MAX_SHOWN_LENGTH = 60;

export class Countdown implements Part {
  readonly #announce: (text: string) => void;
  readonly #main = element('main');
  readonly #section = element('countdown');
  readonly #title = element('countdown-title');
  readonly #days = element('countdown-days');
  readonly #time = element('countdown-time');
  readonly #complaint = element('bad-moment');
  readonly #complaintText = element('bad-moment-text');
  readonly #meant = element('meant-moment', HTMLAnchorElement);
  #given: string | null = null;
  #isWaiting = false;
  /** Unix time in milliseconds. Undefined if there is no countdown. */
  untilMillis: number | undefined;

  /** @param given value of `?until=`; null for no countdown */
  constructor(given: string | null, announce: (text: string) => void) {
    this.#announce = announce;
    this.set(given);
  }

  set(given: string | null): void {
    this.#given = given;
    this.untilMillis = given === null ? undefined : parseMoment(given);
    this.#isWaiting = false;
  }

  show(view: View): void {
    const { untilMillis } = this;
    this.#complaint.hidden = this.#given === null || untilMillis !== undefined;
    this.#section.hidden = untilMillis === undefined;
    mark(this.#main, 'countdown', String(untilMillis !== undefined));
    if (untilMillis !== undefined) this.#count(untilMillis, view);
    else if (this.#given !== null) this.#complain(this.#given, view);
  }

  #count(untilMillis: number, { texts, formats, now }: View): void {
    const date = formats.moment(untilMillis);
    const { isReached, days, hours, minutes, seconds } = remaining(untilMillis, now ?? untilMillis);
    write(this.#title, isReached && now !== undefined ? texts.since(date) : texts.until(date));
    write(this.#days, days > 0 ? texts.days(days) : '');
    const time = [hours, minutes, seconds].map((part) => String(part).padStart(2, '0')).join(':');
    write(this.#time, now === undefined ? '--:--:--' : time);
    if (now === undefined) return;
    if (this.#isWaiting && isReached) this.#announce(texts.page.itIsTime);
    this.#isWaiting = !isReached;
    mark(this.#section, 'reached', String(isReached));
  }

  #complain(given: string, { texts, formats }: View): void {
    const millis = meantInSeconds(given);
    this.#meant.hidden = millis === undefined;
    write(
      this.#complaintText,
      millis === undefined ? texts.badMoment(shortened(given)) : texts.inSeconds(given.trim()),
    );
    if (millis === undefined) return;
    write(this.#meant, texts.countDownTo(formats.moment(millis)));
    this.#meant.href = withParameter(location.href, 'until', String(millis));
  }
}

function shortened(text: string): string {
  return text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text;
}
