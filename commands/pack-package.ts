// `npm run pack:package`: builds the package that other projects install, and packs it.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DIST } from './build/sources.ts';
import { parseCommandLine, readCommandLine } from './common/command-line.ts';
import { makePackage } from './package/make-package.ts';

const USAGE = `Usage: npm run pack:package -- [options]

  --pack-destination <folder>  folder for the tarball (default dist)
  --help                       print this
`;

const OPTIONS = { 'pack-destination': { type: 'string', default: DIST } } as const;

const destination = readCommandLine('npm run pack:package', USAGE, (args) =>
  parseCommandLine(args, OPTIONS, (values) => values['pack-destination']),
);
// Uses its own folder, because several processes may pack at once.
const folder = await mkdtemp(`${DIST}-package-`);
try {
  await mkdir(destination, { recursive: true });
  const packageFolder = join(folder, 'package');
  await makePackage(packageFolder);
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['pack', packageFolder, '--silent', '--pack-destination', destination];
  const { stdout } = await promisify(execFile)(npm, args, { shell: process.platform === 'win32' });
  process.stdout.write(`${join(destination, stdout.trim())}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
