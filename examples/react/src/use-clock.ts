import { useEffect, useState } from 'react';
import { ClockClient, type ClockState } from 'tickcast/client';

export interface Clock {
  readonly state: ClockState;
  /** Of the server at the last tick, in milliseconds since 1970. */
  readonly now: number | undefined;
  /** How far it can be off, in milliseconds. */
  readonly errorBound: number;
}

/** The server's time at each tick. The connection lasts as long as the component. */
export function useClock(url: string): Clock {
  const [clock, setClock] = useState<Clock>({ state: 'closed', now: undefined, errorBound: Infinity });
  useEffect(() => {
    const client = new ClockClient(url);
    const show = () => setClock({ state: client.state, now: client.now(), errorBound: client.errorBound });
    client.on('tick', show);
    client.on('state', show);
    client.connect();
    return () => client.close();
  }, [url]);
  return clock;
}
