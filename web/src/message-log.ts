// The list of messages: bounded, and text only, so that nothing a server or a viewer says is ever read as markup.

export type EntryKind = 'tick' | 'sent' | 'received' | 'trouble' | 'state';

const MAX_ENTRIES = 200;
const MAX_ENTRY_LENGTH = 500;

export class MessageLog {
  readonly #list: HTMLElement;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Adds a line at the end, and keeps the end in view when it was in view. */
  add(kind: EntryKind, text: string): void {
    const list = this.#list;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const item = document.createElement('li');
    item.dataset.kind = kind;
    item.textContent = text.length > MAX_ENTRY_LENGTH ? `${text.slice(0, MAX_ENTRY_LENGTH)}…` : text;
    list.append(item);
    while (list.childElementCount > MAX_ENTRIES) list.firstElementChild?.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }
}
