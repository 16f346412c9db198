// Defines `<tick-cast-clock>`. If it is imported twice or in two versions, the first definition stays.

import { TickCastClock } from './tick-cast-clock.ts';

export type { ReachedEvent, StateEvent, TickCastClockAttributes, TickCastClockEvents } from './attributes.ts';
export { TickCastClock };

const NAME = 'tick-cast-clock';

declare global {
  interface HTMLElementTagNameMap {
    [NAME]: TickCastClock;
  }
}

if ('customElements' in globalThis && customElements.get(NAME) === undefined)
  customElements.define(NAME, TickCastClock);
