// Short news: shown for some seconds, and announced by screen readers when they have nothing else to say.

import { element } from './dom.ts';

const SHOWN_MILLIS = 4_000;

export class Announcer {
  readonly #region = element('announcement');
  #timer: ReturnType<typeof setTimeout> | undefined;

  announce(text: string): void {
    clearTimeout(this.#timer);
    this.#region.textContent = text;
    this.#timer = setTimeout(() => {
      this.#region.textContent = '';
    }, SHOWN_MILLIS);
  }
}
