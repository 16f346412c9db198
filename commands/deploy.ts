// `npm run deploy`: shows the difference to what is deployed, then asks and deploys. Its options are those of `cdk deploy`, such as
// `-c maxViewers=500` or, without a terminal, `--require-approval never`.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sharedOptions } from './deploy/shared-options.ts';

const args = process.argv.slice(2);

process.exitCode = (await cdk('diff', ...sharedOptions(args))) || (await cdk('deploy', ...args));

/** @returns the exit code */
async function cdk(...command: readonly string[]): Promise<number> {
  // A program of npm is a script on Windows.
  const child = spawn('cdk', command, { stdio: 'inherit', shell: process.platform === 'win32' });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
