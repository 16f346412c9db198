// The package as npm packs it.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from '../../commands/build/sources.ts';

/** @returns path of the tarball in the folder */
export async function packPackage(folder: string): Promise<string> {
  const args = [join(PROJECT, 'commands/index.js'), 'pack-package', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: PROJECT });
  return stdout.trim();
}
