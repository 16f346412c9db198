// `<tick-cast-clock>` in the templates of Vue 3.

import type { DefineComponent, HTMLAttributes } from 'vue';
import type { ReachedEvent, StateEvent, TickCastClockAttributes } from '../attributes.ts';

interface Events {
  onState?: ((event: StateEvent) => void) | undefined;
  onReached?: ((event: ReachedEvent) => void) | undefined;
}

declare module 'vue' {
  interface GlobalComponents {
    'tick-cast-clock': DefineComponent<HTMLAttributes & TickCastClockAttributes & Events>;
  }
}
