// What tests of other projects do: a window made of JavaScript, its names made global, and the element in it.

const NAMES = [
  'document',
  'HTMLElement',
  'customElements',
  'CustomEvent',
  'MutationObserver',
  'ElementInternals',
  'WebSocket',
];

/** Prints what the element shows and dispatches until its moment has come. */
export async function tryElementIn(window, url) {
  for (const name of NAMES) {
    if (name in window) Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
  }
  globalThis.window = window;
  await import('tickcast/element');
  const { document } = window;
  document.body.innerHTML = `<p lang="de"><tick-cast-clock src="${url}" format="iso">--:--</tick-cast-clock></p>`;
  const clock = document.querySelector('tick-cast-clock');
  const states = [];
  clock.addEventListener('state', ({ detail }) => states.push(detail));
  const text = () => clock.shadowRoot.querySelector('time').textContent;
  while (!text().endsWith('Z')) await new Promise((resolve) => setTimeout(resolve, 50));
  const iso = text();
  const reached = new Promise((resolve) => clock.addEventListener('reached', () => resolve(text())));
  clock.setAttribute('until', String(Date.now() + 1_200));
  const end = await reached;
  clock.setAttribute('until', 'soon');
  await new Promise((resolve) => setTimeout(resolve, 50));
  const error = clock.shadowRoot.querySelector('span').textContent;
  clock.remove();
  console.log(JSON.stringify({ states, iso, end, error }));
}
