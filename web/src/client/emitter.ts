// Typed events without the DOM's EventTarget.

interface Registration<Event> {
  readonly listener: (event: Event) => void;
}

type Registrations<Events> = { [Type in keyof Events]?: Set<Registration<Events[Type]>> };

export class Emitter<Events extends object> {
  readonly #registrations: Registrations<Events> = {};

  /** A listener that is added twice is called twice.
   *  @returns an unsubscribe function for this registration only */
  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): () => void {
    const registrations = this.#registrations[type] ?? new Set();
    this.#registrations[type] = registrations;
    const registration = { listener };
    registrations.add(registration);
    return () => registrations.delete(registration);
  }

  /** Calls the listeners that are registered now, and skips those that are removed during the call. An exception of a
   *  listener becomes an unhandled rejection, so the other listeners are still called.
   *  @param isCurrent checked before each listener, because an earlier one may make the event obsolete */
  emit<Type extends keyof Events>(type: Type, event: Events[Type], isCurrent: () => boolean): void {
    const registrations = this.#registrations[type];
    for (const registration of [...(registrations ?? [])]) {
      if (!isCurrent()) return;
      if (!registrations?.has(registration)) continue;
      try {
        registration.listener(event);
      } catch (error) {
        Promise.reject(error);
      }
    }
  }
}
