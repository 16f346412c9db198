// A stub of DynamoDB in its own process. It answers each query of the roster with the same rows, in pages of 1 MB as
// DynamoDB does. Argument: number of rows in each partition.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { exitWithParent, sendToParent } from './child.ts';

/** The message to the parent when the stub is ready. */
export interface StubTable {
  readonly endpoint: string;
}

/** DynamoDB's limit for a page. It counts the bytes of the items without the JSON around them. */
const PAGE_BYTES = 1_024 * 1_024;
const ROWS_PER_PAGE = Math.floor(PAGE_BYTES / ASSUMPTIONS.connectionRowBytes);

exitWithParent();
const count = Number(process.argv[2]);
const rows = Array.from({ length: count }, (_, n) => ({
  partition: { S: 'connections#0' },
  id: { S: `${String(n).padStart(9, 'L')}AbCdEf=` },
  connectedAtMillis: { N: '1763861880123' },
  expiresAtSeconds: { N: '1999999999' },
  viewerId: { S: '7f1d3a52-90aa-4f3e-8a41-2d6c1f0f5c77' },
  address: { S: '2001:db8:1234:5678::/64' },
}));
const pages = Array.from({ length: Math.ceil(count / ROWS_PER_PAGE) }, (_, page) => {
  const items = rows.slice(page * ROWS_PER_PAGE, (page + 1) * ROWS_PER_PAGE);
  const isLast = (page + 1) * ROWS_PER_PAGE >= count;
  const next = isLast ? {} : { LastEvaluatedKey: { partition: { S: 'next' }, id: { S: String(page + 1) } } };
  return Buffer.from(JSON.stringify({ Items: items, Count: items.length, ScannedCount: items.length, ...next }));
});

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request.setEncoding('latin1')) text += chunk;
  const { ExclusiveStartKey } = JSON.parse(text);
  response.setHeader('content-type', 'application/x-amz-json-1.0');
  response.end(pages[Number(ExclusiveStartKey?.id.S ?? 0)]);
}).listen(0, '127.0.0.1');
await once(server, 'listening');
sendToParent({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } satisfies StubTable);
