// The public exports of the client library: `import { ClockClient } from 'tickcast/client'`. See docs/client.md.

export type { Closing, Received, Tick } from '../../../protocol/messages.ts';
export {
  ClockClient,
  type ClockEvents,
  type ClockOptions,
  type ClockState,
  type ClockTick,
  type Disconnection,
  type SocketUrl,
} from './client.ts';
export type { PageEvent, Ports, Socket } from './ports.ts';
