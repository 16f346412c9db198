// Builds `dist/` when it is missing or out of date.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isBuilt } from './outputs.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** In a process of its own, so that esbuild and Vite take no memory here.
 *  @throws Error with what the build printed */
export async function ensureBuilt(): Promise<void> {
  if (await isBuilt(PROJECT)) return;
  await promisify(execFile)(process.execPath, ['commands/index.js', 'build'], { cwd: PROJECT });
}
