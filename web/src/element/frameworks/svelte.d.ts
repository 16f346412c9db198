// `<tick-cast-clock>` in the templates of Svelte 5.

import type { HTMLAttributes } from 'svelte/elements';
import type { ReachedEvent, StateEvent, TickCastClockAttributes } from '../attributes.ts';
import type { TickCastClock } from '../index.ts';

interface Events {
  onstate?: ((event: StateEvent) => void) | undefined;
  onreached?: ((event: ReachedEvent) => void) | undefined;
}

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'tick-cast-clock': HTMLAttributes<TickCastClock> & TickCastClockAttributes & Events;
  }
}
