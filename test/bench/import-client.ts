// One process of the imports benchmark: imports one module and reports the cost to its parent. Argument: module URL.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { exitWithParent, sendToParent } from './child.ts';

/** The message to the parent. */
export interface ImportCosts {
  /** CPU time of all threads of the process during the import. */
  readonly cpuMillis: number;
  readonly wallMillis: number;
}

exitWithParent();
const [url = ''] = process.argv.slice(2);
const cpuBefore = process.cpuUsage();
const wallBefore = performance.now();
// Lambda loads a CommonJS bundle in the same way.
createRequire(url)(fileURLToPath(url));
const wallMillis = performance.now() - wallBefore;
const { user, system } = process.cpuUsage(cpuBefore);
sendToParent({ cpuMillis: (user + system) / 1_000, wallMillis } satisfies ImportCosts);
