import type { TickCastClock } from 'tickcast/element';

export const clock: TickCastClock = document.createElement('tick-cast-clock');
