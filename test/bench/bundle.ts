// Bundles the programs of the bench as ES modules, with esbuild's settings for the functions.

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from '../../commands/build/bundles.ts';

export interface BundleOptions {
  readonly entry: URL;
  readonly folder: string;
  /** Of the file, without its extension. */
  readonly name: string;
}

/** @returns the file; each dynamic import has a file of its own beside it */
export async function bundle({ entry, folder, name }: BundleOptions): Promise<URL> {
  await build({
    ...BUNDLING,
    format: 'esm',
    splitting: true,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    entryPoints: { [name]: fileURLToPath(entry) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  return pathToFileURL(join(folder, `${name}.mjs`));
}
