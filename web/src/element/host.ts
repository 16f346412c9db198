// What the element says of itself without writing to its attributes: a framework that has rendered them on a server
// compares them.

import type { ClockState } from '../client/index.ts';

export class Host {
  readonly #element: HTMLElement;
  /** Undefined where there is no such thing, as in happy-dom. */
  readonly #internals: ElementInternals | undefined;
  readonly #hasRole: boolean;
  #state: ClockState | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#internals = element.attachInternals?.();
    this.#hasRole = this.#internals !== undefined && 'role' in this.#internals;
    // Its time is read, not announced each second.
    if (this.#internals && this.#hasRole) this.#internals.role = 'timer';
  }

  /** Call it when the element is connected. */
  ensureRole(): void {
    if (!this.#hasRole && !this.#element.hasAttribute('role')) this.#element.setAttribute('role', 'timer');
  }

  /** For CSS `:state(open)` and `[state="open"]`. The attribute is first written when there is a connection or none can
   *  be had.
   *  @param state undefined while there is no client
   *  @returns whether it is another one */
  setState(state: ClockState | undefined): boolean {
    const old = this.#state;
    if (state === old) return false;
    this.#state = state;
    if (old !== undefined) this.#custom((states) => states.delete(old));
    if (state !== undefined) this.#custom((states) => states.add(state));
    if (state === undefined) this.#element.removeAttribute('state');
    else if (state !== 'connecting' || this.#element.hasAttribute('state')) this.#element.setAttribute('state', state);
    return true;
  }

  #custom(change: (states: CustomStateSet) => void): void {
    try {
      if (this.#internals?.states) change(this.#internals.states);
    } catch {
      // Chromium before 125 wants names to begin with two dashes.
    }
  }
}
