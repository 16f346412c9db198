// `<tick-cast-clock>` in the templates of Svelte 5.

import type { HTMLAttributes } from 'svelte/elements';
import type { TickCastClockAttributes, TickCastClockEvents } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'tick-cast-clock': HTMLAttributes<TickCastClock> & TickCastClockAttributes & TickCastClockEvents;
  }
}
