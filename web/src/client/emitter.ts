// Typed events, without the DOM's EventTarget.

type Listeners<Events> = { [Type in keyof Events]?: Set<(event: Events[Type]) => void> };

export class Emitter<Events extends object> {
  readonly #listeners: Listeners<Events> = {};

  /** @returns what ends it */
  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): () => void {
    const listeners = this.#listeners[type] ?? new Set();
    this.#listeners[type] = listeners;
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Calls every listener. What one throws is thrown apart, as if it were an event handler's: the others are called still. */
  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const listener of [...(this.#listeners[type] ?? [])]) {
      try {
        listener(event);
      } catch (error) {
        Promise.reject(error);
      }
    }
  }
}
