// Short messages that are shown for some seconds. Screen readers announce them politely.

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
