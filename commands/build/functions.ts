// The bundles of the functions, by esbuild: one CommonJS module each, with the AWS SDK in it. CommonJS, because an ES module
// that imports one name of a built-in module loads all that the module would load lazily, which costs a cold start a quarter
// of its CPU.

import { type BuildOptions, build } from 'esbuild';

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
  return new Map(
    outputFiles.map(({ path, contents }) => [path.replace(/^.*?[/\\]/, '').replaceAll('\\', '/'), contents]),
  );
}
