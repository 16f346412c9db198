// One cell in its own process: `fork(program, [settings as JSON])`. Sends its URLs when viewers can connect, and exits
// with the process that started it.

import { makeSite } from '../../local/site.ts';
import { startLocal } from '../../local/start-local.ts';

export interface CellSettings {
  readonly port: number;
  /** Ports of the other cells, in the order in which the page tries them. */
  readonly others: readonly number[];
  readonly maxViewers?: number;
}

process.on('disconnect', () => process.exit());
const { others, ...options }: CellSettings = JSON.parse(process.argv[2] ?? '');
const { siteUrl, socketUrl } = await startLocal({
  ...options,
  site: await makeSite(['/websocket', ...others.map((port) => `ws://localhost:${port}/websocket`)]),
  allowedOrigins: others.map((port) => `http://localhost:${port}`),
});
process.send?.({ siteUrl, socketUrl });
