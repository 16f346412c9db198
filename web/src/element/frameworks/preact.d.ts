// `<tick-cast-clock>` in the JSX of Preact.

import type { HTMLAttributes } from 'preact';
import type { ReachedEvent, StateEvent, TickCastClockAttributes } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

interface Events {
  onstate?: ((event: StateEvent) => void) | undefined;
  onreached?: ((event: ReachedEvent) => void) | undefined;
}

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'tick-cast-clock': HTMLAttributes<TickCastClock> & TickCastClockAttributes & Events;
    }
  }
}
