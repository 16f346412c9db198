// Sets role and state of the element with as few changes to its attributes as possible, because a framework compares
// them with the ones rendered on a server.

import type { ClockState } from '../client/index.ts';

export class Host {
  readonly #element: HTMLElement;
  /** Undefined if the platform does not support it, for example happy-dom. */
  readonly #internals: ElementInternals | undefined;
  readonly #hasRole: boolean;
  #state: ClockState | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#internals = element.attachInternals?.();
    this.#hasRole = this.#internals !== undefined && 'role' in this.#internals;
    // Screen readers read a timer on request, but do not announce each second.
    if (this.#internals && this.#hasRole) this.#internals.role = 'timer';
  }

  /** Must be called when the element is connected. */
  ensureRole(): void {
    if (!this.#hasRole && !this.#element.hasAttribute('role')) this.#element.setAttribute('role', 'timer');
  }

  /** Sets the state for CSS `:state(open)` and `[state="open"]`. The attribute is first set when the state is no longer
   *  `connecting`.
   *  @param state undefined if there is no client
   *  @returns whether the state has changed */
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
      // Chromium before 125 requires names that begin with two dashes.
    }
  }
}
