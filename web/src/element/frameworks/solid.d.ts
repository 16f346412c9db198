// `<tick-cast-clock>` in the JSX of Solid.

import type { JSX } from 'solid-js';
import type { ReachedEvent, StateEvent, TickCastClockAttributes } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

interface Events {
  'on:state'?: ((event: StateEvent) => void) | undefined;
  'on:reached'?: ((event: ReachedEvent) => void) | undefined;
}

declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      'tick-cast-clock': JSX.HTMLAttributes<TickCastClock> & TickCastClockAttributes & Events;
    }
  }
}
