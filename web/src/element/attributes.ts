// The element's attributes and events, for the type declarations of frameworks. docs/element.md describes them.

import type { ClockState } from '../client/index.ts';

export interface TickCastClockAttributes {
  src?: string | undefined;
  'time-zone'?: string | undefined;
  format?: 'time' | 'time-short' | 'date' | 'date-time' | 'iso' | undefined;
  until?: string | number | undefined;
}

/** Properties of the form `on` plus the unchanged name of an event. */
export interface TickCastClockEvents {
  onstate?: ((event: StateEvent) => void) | undefined;
  onreached?: ((event: ReachedEvent) => void) | undefined;
}

export type StateEvent = CustomEvent<ClockState>;
export type ReachedEvent = CustomEvent<null>;
