import type {} from 'tickcast/element/vue';
import type { GlobalComponents } from 'vue';

type Props = InstanceType<GlobalComponents['tick-cast-clock']>['$props'];

export const props: Props = {
  src: '/websocket',
  'time-zone': 'Europe/Berlin',
  lang: 'de',
  until: 0,
  onState: ({ detail }) => detail === 'open',
};
// @ts-expect-error: there is no such format
export const wrong: Props = { format: 'hh:mm' };
