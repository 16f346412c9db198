// One process of the imports bench: imports one module and tells its parent what that took. Argument: the module's URL.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { endWithParent, tellParent } from './child.ts';

/** What it tells. */
export interface ImportCosts {
  /** Of all threads of the process, from before the import until after it. */
  readonly cpuMillis: number;
  readonly wallMillis: number;
}

endWithParent();
const [url = ''] = process.argv.slice(2);
const cpuBefore = process.cpuUsage();
const wallBefore = performance.now();
// As Lambda loads a CommonJS file.
createRequire(url)(fileURLToPath(url));
const wallMillis = performance.now() - wallBefore;
const { user, system } = process.cpuUsage(cpuBefore);
tellParent({ cpuMillis: (user + system) / 1_000, wallMillis } satisfies ImportCosts);
