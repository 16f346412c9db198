import type { SvelteHTMLElements } from 'svelte/elements';
import type {} from 'tickcast/element/svelte';

export const attributes: SvelteHTMLElements['tick-cast-clock'] = {
  src: '/websocket',
  'time-zone': 'Europe/Berlin',
  lang: 'de',
  until: 0,
  onstate: ({ detail }) => detail === 'open',
};
// @ts-expect-error: there is no such format
attributes.format = 'hh:mm';
