// The folder `dist/`: what is in it, and whether it was built from the sources as they are now.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Files and folders that the build reads. */
const SOURCES = ['lambdas', 'protocol', 'web', 'local', 'commands/build', 'package-lock.json'];

/** Has the hash of the sources. It is written last. */
const STAMP = 'sources.sha256';

/** @param projectFolder absolute */
export async function isBuilt(projectFolder: string): Promise<boolean> {
  const stamp = await readFile(join(projectFolder, 'dist', STAMP), 'utf8').catch(() => undefined);
  return stamp !== undefined && stamp === (await hashOfSources(projectFolder));
}

export async function hashOfSources(projectFolder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of SOURCES.map((source) => join(projectFolder, source))) {
    for (const file of path.endsWith('.json') ? [path] : await filesIn(path)) {
      hash.update(`${file.slice(projectFolder.length)}\0`).update(await readFile(file));
    }
  }
  return hash.digest('hex');
}

/** Writes the outputs and removes all other files of their folders. Each file is complete at every moment, so builds that run
 *  at the same time do no harm.
 *  @param outputs contents by path below `dist/`
 *  @param hash of the sources that they were built from */
export async function writeOutputs(
  projectFolder: string,
  outputs: ReadonlyMap<string, Uint8Array>,
  hash: string,
): Promise<void> {
  const dist = join(projectFolder, 'dist');
  for (const [path, content] of [...outputs, [STAMP, Buffer.from(hash)] as const]) {
    const file = join(dist, path);
    const unfinished = join(dist, `.${process.pid}-${crypto.randomUUID()}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(unfinished, content);
    await rename(unfinished, file);
  }
  const folders = new Set(Array.from(outputs.keys(), (path) => path.split('/', 1)[0] ?? ''));
  for (const folder of folders) {
    for (const file of await filesIn(join(dist, folder))) {
      if (!outputs.has(file.slice(dist.length + 1).replaceAll('\\', '/'))) await rm(file, { force: true });
    }
  }
}

/** @returns absolute paths, sorted */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).sort();
}
