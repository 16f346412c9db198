import { useEffect, useRef, useState } from 'react';
import { ClockClient } from 'tickcast/client';

export function Page({ url }) {
  const clock = useRef(null);
  const [state, setState] = useState('');
  const [ticks, setTicks] = useState(0);
  // The element of a page from a server may be connected before React listens to it.
  useEffect(() => setState(clock.current.client.state), []);
  useEffect(() => {
    const client = new ClockClient(url);
    client.on('tick', () => setTicks((count) => count + 1));
    client.connect();
    return () => client.close();
  }, [url]);
  return (
    <>
      <tick-cast-clock ref={clock} id="clock" src={url} format="iso" onstate={({ detail }) => setState(detail)}>
        --:--
      </tick-cast-clock>
      <p id="state">{state}</p>
      <p id="ticks">{ticks}</p>
    </>
  );
}
