// `npm run pack:package`: makes the package in `dist/package` and packs it.

import { execFile } from 'node:child_process';
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
const folder = join(DIST, 'package');
await makePackage(folder);
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
const { stdout } = await promisify(execFile)(npm, ['pack', folder, '--silent', '--pack-destination', destination], {
  shell: process.platform === 'win32',
});
process.stdout.write(`${join(destination, stdout.trim())}\n`);
