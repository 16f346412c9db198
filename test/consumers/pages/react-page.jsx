import { useEffect, useRef, useState } from 'react';
import { ClockClient } from 'tickcast/client';

export function Page({ url }) {
  const clock = useRef(null);
  const [state, setState] = useState('');
  const [ticks, setTicks] = useState(0);
  // While it hydrates, React attaches no events of custom elements, and the element may be connected by then.
  useEffect(() => {
    const element = clock.current;
    const stateChanged = () => setState(element.client.state);
    stateChanged();
    element.addEventListener('state', stateChanged);
    return () => element.removeEventListener('state', stateChanged);
  }, []);
  useEffect(() => {
    const client = new ClockClient(url);
    client.on('tick', () => setTicks((count) => count + 1));
    client.connect();
    return () => client.close();
  }, [url]);
  return (
    <>
      <tick-cast-clock ref={clock} id="clock" src={url} format="iso">
        --:--
      </tick-cast-clock>
      <p id="state">{state}</p>
      <p id="ticks">{ticks}</p>
    </>
  );
}
