// Bundles the benchmark programs as ES modules, with the esbuild settings of the Lambda functions.

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from '../../commands/build/bundles.ts';

export interface BundleOptions {
  readonly entry: URL;
  readonly folder: string;
  /** File name without its extension. */
  readonly name: string;
}

/** @returns URL of the bundle; esbuild writes each dynamic import to a separate file in the same folder */
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
