// The `Date` of answers. Node keeps its text for up to a second by a timer. After the clock of the machine was set, all local
// services would testify to the old time for that long, and runners with the new one would end as wrong.

import type { Server } from 'node:http';

/** Dates each answer by the time of its request. */
export function dateExactly(server: Server): void {
  server.prependListener('request', (_, response) => response.setHeader('date', new Date().toUTCString()));
}
