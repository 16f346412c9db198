// Bundles modules as the stack bundles its functions, so that the benches measure what Lambda would load. The options are
// those of lib/clock-function.ts, which is not imported because the CDK would come with it.

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const REQUIRE_BANNER = "import{createRequire}from'node:module';const require=createRequire(import.meta.url);";

export interface BundleOptions {
  readonly entry: URL;
  readonly folder: string;
  /** Of the file, without its extension. */
  readonly name: string;
  /** Gives each dynamic import a file of its own, which is loaded only when it is asked for. @default false */
  readonly splitting?: boolean;
}

/** @returns the file */
export async function bundle({ entry, folder, name, splitting = false }: BundleOptions): Promise<URL> {
  await build({
    entryPoints: { [name]: fileURLToPath(entry) },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    mainFields: ['module', 'main'],
    target: 'node24',
    minify: true,
    banner: { js: REQUIRE_BANNER },
    splitting,
    logLevel: 'error',
  });
  return pathToFileURL(join(folder, `${name}.mjs`));
}
