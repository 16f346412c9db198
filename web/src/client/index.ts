// The client library's public names: `import { ClockClient } from 'tickcast/client'`. docs/client.md describes them.

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
