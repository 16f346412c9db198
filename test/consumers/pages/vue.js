import { createApp, h, ref } from 'vue';
import 'tickcast/element';

const root = document.getElementById('root');
const [state, until, reached] = [ref(''), ref(Date.now() + 3_600_000), ref(0)];

createApp({
  render: () => [
    h('tick-cast-clock', {
      id: 'clock',
      src: root.dataset.url,
      until: until.value,
      onState: ({ detail }) => {
        state.value = detail;
        if (detail === 'open') until.value = Date.now() + 1_500;
      },
      onReached: () => reached.value++,
    }),
    h('p', { id: 'state' }, state.value),
    h('p', { id: 'ticks' }, reached.value),
  ],
}).mount(root);
