import { useState } from 'react';
import { useClock } from './use-clock.ts';

const URL = import.meta.env.VITE_CLOCK_URL ?? 'ws://localhost:8888/websocket';

export function Sale() {
  const { state, now, errorBound } = useClock(URL);
  const [until] = useState(() => Date.now() + 5_000);
  const [isOpen, setOpen] = useState(false);
  return (
    <main>
      <h1>Ticket sale</h1>
      <p>
        It is <tick-cast-clock src={URL}>--:--:--</tick-cast-clock> where you are.
      </p>
      <p>
        The sale begins in{' '}
        <tick-cast-clock src={URL} until={until} onreached={() => setOpen(true)}>
          …
        </tick-cast-clock>
      </p>
      <p id="state">
        {state}: {now === undefined ? '…' : new Date(now).toISOString()} ± {Math.ceil(errorBound)} ms
      </p>
      <button type="button" disabled={!isOpen}>
        Buy
      </button>
    </main>
  );
}
