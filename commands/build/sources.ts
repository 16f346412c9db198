// Tells whether `dist/` was built from the current sources.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
export const DIST = join(PROJECT, 'dist');

/** Contains the hash of the sources that `dist/` was built from. */
export const STAMP = 'sources.sha256';

/** Files and folders that the build reads. */
const SOURCES = [
  'commands/build',
  'commands/build.ts',
  'lambdas',
  'local',
  'package-lock.json',
  'protocol',
  'tsconfig.base.json',
  'tsconfig.json',
  'web',
];

export async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const paths = source.includes('.') ? [''] : await readdir(join(PROJECT, source), { recursive: true });
    for (const path of paths.sort()) {
      const file = join(source, path);
      // A folder has no content.
      hash.update(`${file}\0`).update(await readFile(join(PROJECT, file)).catch(() => ''));
    }
  }
  return hash.digest('hex');
}

export async function isBuilt(): Promise<boolean> {
  return (await readFile(join(DIST, STAMP), 'utf8').catch(() => '')) === (await hashOfSources());
}

/** Builds `dist/` if it is missing or out of date, in a separate process, so that esbuild and Vite take no memory of
 *  this one.
 *  @throws Error with what the build printed */
export async function ensureBuilt(): Promise<void> {
  if (await isBuilt()) return;
  await promisify(execFile)(process.execPath, ['commands/index.js', 'build'], { cwd: PROJECT });
}
