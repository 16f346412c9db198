// `<tick-cast-clock>` in the JSX of React 19, which has an event's name after `on` as it is.

import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { ReachedEvent, StateEvent, TickCastClockAttributes } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

interface Events {
  onstate?: ((event: StateEvent) => void) | undefined;
  onreached?: ((event: ReachedEvent) => void) | undefined;
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'tick-cast-clock': DetailedHTMLProps<HTMLAttributes<TickCastClock>, TickCastClock> &
        TickCastClockAttributes &
        Events;
    }
  }
}
