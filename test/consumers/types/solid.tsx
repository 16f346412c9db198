/** @jsxImportSource solid-js */
import type {} from 'tickcast/element/solid';

export function Clock() {
  return (
    <tick-cast-clock
      ref={(clock) => clock.client?.now()}
      src="/websocket"
      time-zone="Europe/Berlin"
      format="date"
      until={0}
      on:state={({ detail }) => detail === 'open'}
      on:reached={() => undefined}
    >
      --:--
    </tick-cast-clock>
  );
}

// @ts-expect-error: there is no such format
export const wrongFormat = <tick-cast-clock format="hh:mm" />;
