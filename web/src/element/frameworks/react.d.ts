// `<tick-cast-clock>` in the JSX of React 19.

import type { DetailedHTMLProps, HTMLAttributes } from 'react';
import type { TickCastClockAttributes, TickCastClockEvents } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'tick-cast-clock': DetailedHTMLProps<HTMLAttributes<TickCastClock>, TickCastClock> &
        TickCastClockAttributes &
        TickCastClockEvents;
    }
  }
}
