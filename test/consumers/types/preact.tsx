/** @jsxImportSource preact */
import { useRef } from 'preact/hooks';
import type { TickCastClock } from 'tickcast/element';
import type {} from 'tickcast/element/preact';

export function Clock() {
  const ref = useRef<TickCastClock>(null);
  return (
    <tick-cast-clock
      ref={ref}
      src="/websocket"
      time-zone="Europe/Berlin"
      format="date"
      until={0}
      lang="de"
      onstate={({ detail }) => detail === 'open'}
      onreached={() => ref.current?.client?.now()}
    >
      --:--
    </tick-cast-clock>
  );
}

// @ts-expect-error: there is no such format
export const wrongFormat = <tick-cast-clock format="hh:mm" />;
// @ts-expect-error: there is no such attribute
export const wrongName = <tick-cast-clock timezone="UTC" />;
