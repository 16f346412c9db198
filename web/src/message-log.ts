// The list of messages. It has a maximum length, and contains only text, so that no message is interpreted as markup.

import { element } from './dom.ts';

export type EntryKind = 'tick' | 'sent' | 'received' | 'trouble' | 'state';

const MAX_ENTRIES = 200;
const MAX_ENTRY_LENGTH = 500;
/** The list counts as scrolled to its end within this many pixels. */
const END_PIXELS = 40;
const MOMENT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

export class MessageLog {
  readonly #list = element('log');
  readonly #changed: () => void;
  /** Entries that are not shown yet, so that the list changes at most once per frame. */
  #pending: { readonly kind: EntryKind; readonly text: string }[] = [];

  /** @param changed called when there are entries to {@link flush} */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  add(kind: EntryKind, text: string): void {
    this.#pending.push({ kind, text: text.length > MAX_ENTRY_LENGTH ? `${text.slice(0, MAX_ENTRY_LENGTH)}…` : text });
    // A hidden page has no animation frames.
    if (this.#pending.length > 2 * MAX_ENTRIES) this.#pending = this.#pending.slice(-MAX_ENTRIES);
    this.#changed();
  }

  /** Shows the new entries, and scrolls to the end if the list was at its end. */
  flush(): void {
    if (this.#pending.length === 0) return;
    const list = this.#list;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < END_PIXELS;
    const items = this.#pending.slice(-MAX_ENTRIES).map(({ kind, text }) => {
      const item = document.createElement('li');
      item.dataset.kind = kind;
      item.append(...pieces(text));
      return item;
    });
    this.#pending = [];
    for (let left = list.childElementCount + items.length - MAX_ENTRIES; left > 0; left--)
      list.firstElementChild?.remove();
    list.append(...items);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }
}

/** Replaces spaces in a time so that it stays on one line. */
function pieces(text: string): (string | HTMLElement)[] {
  return text.split(MOMENT).map((piece, n) => {
    if (n % 2 === 0) return piece;
    const moment = document.createElement('time');
    moment.textContent = piece;
    return moment;
  });
}
