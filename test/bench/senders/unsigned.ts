// undici as in its documentation, with unsigned requests: about the cost of the HTTP client alone.

import { Pool } from 'undici';
import { POOL_SIZE, type Send, sendInPool } from './sender.ts';

const HEADERS = { 'content-type': 'application/octet-stream' };

export function makeUnsignedSender(endpoint: string, connectionIds: readonly string[]): Send {
  const { origin, pathname } = new URL(endpoint);
  const pool = new Pool(origin, { connections: POOL_SIZE });
  return () =>
    sendInPool(connectionIds, async (id, text) => {
      const path = `${pathname}/@connections/${encodeURIComponent(id)}`;
      const { statusCode, body } = await pool.request({ method: 'POST', path, headers: HEADERS, body: text });
      await body.dump();
      if (statusCode !== 200) throw new Error(`not delivered: ${statusCode}`);
    });
}
