// Shows the state of the connection, which screen readers announce, and the age of the last tick, which they do not.

import { element, mark, write } from './dom.ts';
import type { Part, View } from './view.ts';

export class StateLine implements Part {
  readonly #state = element('state');
  readonly #lastTick = element('last-tick');
  readonly #toggle = element('toggle', HTMLButtonElement);
  /** Time of the monotonic clock. */
  #tickedAtMillis: number | undefined;

  ticked(): void {
    this.#tickedAtMillis = performance.now();
  }

  show({ client, texts }: View): void {
    mark(this.#state, 'state', client.state);
    write(this.#state, texts.states[client.state]);
    mark(this.#toggle, 'state', client.state);
    write(this.#toggle, client.state === 'closed' ? texts.page.connect : texts.page.disconnect);
    const at = this.#tickedAtMillis;
    const age = at === undefined ? undefined : Math.floor((performance.now() - at) / 1000);
    write(this.#lastTick, age === undefined ? '' : texts.lastTick(age));
  }
}
