// The list of messages: bounded, and text only, so that nothing a server or a viewer says is ever read as markup.

import { element } from './dom.ts';

export type EntryKind = 'tick' | 'sent' | 'received' | 'trouble' | 'state';

const MAX_ENTRIES = 200;
const MAX_ENTRY_LENGTH = 500;
/** Within so many pixels of its end, the list is at its end. */
const END_PIXELS = 40;
const MOMENT = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

export class MessageLog {
  readonly #list = element('log');
  readonly #changed: () => void;
  /** Entries to come, so that the list changes once a frame, however many messages arrive. */
  #pending: { readonly kind: EntryKind; readonly text: string }[] = [];

  /** @param changed called when there is something to {@link flush} */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  add(kind: EntryKind, text: string): void {
    this.#pending.push({ kind, text: text.length > MAX_ENTRY_LENGTH ? `${text.slice(0, MAX_ENTRY_LENGTH)}…` : text });
    // A hidden page has no frames.
    if (this.#pending.length > 2 * MAX_ENTRIES) this.#pending = this.#pending.slice(-MAX_ENTRIES);
    this.#changed();
  }

  /** Shows what was added, and keeps the end in view when it was in view. */
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

/** A moment is kept on one line. */
function pieces(text: string): (string | HTMLElement)[] {
  return text.split(MOMENT).map((piece, n) => {
    if (n % 2 === 0) return piece;
    const moment = document.createElement('time');
    moment.textContent = piece;
    return moment;
  });
}
