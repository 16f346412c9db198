// The `Date` header of answers. Node caches its text for up to a second. After the clock of the machine was set, all
// local services would send the old time for that long, and runners with the new time would find their clocks wrong.

import type { Server } from 'node:http';

/** Sets the `Date` of each answer to the time of its request. */
export function dateExactly(server: Server): void {
  server.prependListener('request', (_, response) => response.setHeader('date', new Date().toUTCString()));
}
