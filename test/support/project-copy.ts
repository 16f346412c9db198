// A copy of the project in a temporary folder, for tests that change its files.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Copies the project without `dist/`, and links its packages. The copy is removed after the test.
 *  @returns the folder */
export async function copyProject(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-copy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of [
    'commands',
    'lambdas',
    'local',
    'package-lock.json',
    'package.json',
    'protocol',
    'tsconfig.base.json',
    'tsconfig.json',
    'web',
  ]) {
    await cp(join(PROJECT, name), join(folder, name), { recursive: true });
  }
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'), 'junction');
  return folder;
}

/** Runs a program of commands/ until it exits. */
export async function runCommandIn(folder: string, name: string): Promise<void> {
  await promisify(execFile)(process.execPath, ['commands/index.js', name], { cwd: folder });
}
