// `<tick-cast-clock>` in the JSX of Preact.

import type { HTMLAttributes } from 'preact';
import type { TickCastClockAttributes, TickCastClockEvents } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'tick-cast-clock': HTMLAttributes<TickCastClock> & TickCastClockAttributes & TickCastClockEvents;
    }
  }
}
