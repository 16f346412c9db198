// What esbuild makes: the functions, and the programs of the local platform's threads. A function is one CommonJS module with
// the AWS SDK in it. CommonJS, because an ES module that imports one name of a built-in module loads all that the module would
// load lazily, which costs a cold start a quarter of its CPU.

import { type BuildOptions, build, type OutputFile } from 'esbuild';

/** Handlers by the name of their function. */
export const ENTRIES = {
  connect: 'lambdas/handlers/connect.ts',
  disconnect: 'lambdas/handlers/disconnect.ts',
  message: 'lambdas/handlers/message.ts',
  broadcast: 'lambdas/handlers/broadcast.ts',
  'page-upload': 'lambdas/handlers/page-upload.ts',
} as const;

/** How esbuild bundles a function, for any output format. */
export const BUNDLING: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // The ways to credentials that a function never goes: it has its own in the environment, which the SDK tries first. They
  // are a third of the bundle, and Lambda's own copy of the SDK has them.
  external: [
    '@aws-sdk/credential-provider-http',
    '@aws-sdk/credential-provider-ini',
    '@aws-sdk/credential-provider-login',
    '@aws-sdk/credential-provider-process',
    '@aws-sdk/credential-provider-sso',
    '@aws-sdk/credential-provider-web-identity',
    '@aws-sdk/nested-clients',
    '@smithy/credential-provider-imds',
  ],
};

/** The programs of the local platform's threads, by name. As JavaScript: each thread would take 10 MB and 60 ms of CPU to strip
 *  the types of its few lines. */
const WORKERS = { 'function-worker': 'local/functions/worker.ts', 'table-worker': 'local/table-worker.ts' };

/** @param projectFolder absolute
 *  @returns contents by path below `local/` */
export async function buildWorkers(projectFolder: string): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    ...BUNDLING,
    // dynalite has native parts.
    external: [...(BUNDLING.external ?? []), 'dynalite', 'abstract-level'],
    format: 'esm',
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    absWorkingDir: projectFolder,
    entryPoints: WORKERS,
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    write: false,
    logLevel: 'warning',
  });
  return byPath(outputFiles);
}

/** @param projectFolder absolute
 *  @returns contents by path below `functions/`, such as `connect/index.js` */
export async function buildFunctions(projectFolder: string): Promise<Map<string, Uint8Array>> {
  const entries = Object.entries(ENTRIES).map(([name, file]) => [`${name}/index`, file]);
  const { outputFiles } = await build({
    ...BUNDLING,
    format: 'cjs',
    absWorkingDir: projectFolder,
    entryPoints: Object.fromEntries(entries),
    outdir: '/',
    write: false,
    logLevel: 'warning',
  });
  return byPath(outputFiles);
}

/** Paths are absolute, on Windows with the letter of a drive. */
function byPath(files: readonly OutputFile[]): Map<string, Uint8Array> {
  return new Map(files.map(({ path, contents }) => [path.replace(/^.*?[/\\]/, '').replaceAll('\\', '/'), contents]));
}
