// `npm run pack:package`: makes the package that others install, and packs it.

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DIST } from './build/sources.ts';
import { parseCommandLine, readCommandLine } from './common/command-line.ts';
import { makePackage } from './package/make-package.ts';

const USAGE = `Usage: npm run pack:package -- [options]

  --pack-destination <folder>  where the tarball goes (default dist)
  --help                       print this
`;

const OPTIONS = { 'pack-destination': { type: 'string', default: DIST } } as const;

const destination = readCommandLine('npm run pack:package', USAGE, (args) =>
  parseCommandLine(args, OPTIONS, (values) => values['pack-destination']),
);
// In a folder of its own, since several may pack at once.
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
