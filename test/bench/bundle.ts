// Bundles modules: functions as the stack does, so that the bench measures what Lambda would load, and senders alike.

import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { BUNDLING } from '../../lib/bundling.ts';

export interface BundleOptions {
  readonly entry: URL;
  readonly folder: string;
  /** Of the file, without its extension. */
  readonly name: string;
  /** `function`: one CommonJS file, as the stack makes it. `senders`: ES modules, one for each dynamic import. */
  readonly form: 'function' | 'senders';
}

const { mainFields, target, minify, externalModules } = BUNDLING;

const FORMS: Record<BundleOptions['form'], { readonly extension: string; readonly options: BuildOptions }> = {
  function: { extension: '.cjs', options: { format: 'cjs' } },
  senders: {
    extension: '.mjs',
    options: {
      format: 'esm',
      splitting: true,
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    },
  },
};

/** @returns the file */
export async function bundle({ entry, folder, name, form }: BundleOptions): Promise<URL> {
  const { extension, options } = FORMS[form];
  await build({
    ...options,
    entryPoints: { [name]: fileURLToPath(entry) },
    outdir: folder,
    outExtension: { '.js': extension },
    bundle: true,
    platform: 'node',
    mainFields,
    target,
    minify,
    external: externalModules,
    logLevel: 'error',
  });
  return pathToFileURL(join(folder, `${name}${extension}`));
}
