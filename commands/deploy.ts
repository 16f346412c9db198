// `npm run deploy`: shows the difference to the deployed stack, asks, and deploys. It has the options of `cdk deploy`,
// such as `-c maxViewers=500` or, without a terminal, `--require-approval never`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sharedOptions } from './deploy/shared-options.ts';

const args = process.argv.slice(2);

process.exitCode = (await cdk('diff', ...sharedOptions(args))) || (await cdk('deploy', ...args));

/** @returns the exit code */
async function cdk(...command: readonly string[]): Promise<number> {
  // On Windows npm installs a script, which needs a shell.
  const child = spawn('cdk', command, { stdio: 'inherit', shell: process.platform === 'win32' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
