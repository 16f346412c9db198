// What esbuild bundles: the functions, and the programs of the local platform's threads.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { PROJECT } from './sources.ts';

/** How esbuild bundles a function, for any output format. */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  absWorkingDir: PROJECT,
  logLevel: 'warning',
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
} satisfies BuildOptions;

/** A source map for which the whole file is one position. */
const NO_POSITIONS = Buffer.from('{"version":3,"sources":["npm:library"],"names":[],"mappings":"AAAA"}').toString(
  'base64',
);

/** Keeps the positions of libraries out of the source maps, which would be eight times as large. */
const ownPositions: Plugin = {
  name: 'own-positions',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${NO_POSITIONS}`,
    }));
  },
};

/** One CommonJS module each, with the AWS SDK in it: an ES module that imports one name of a built-in module loads all that the
 *  module would load lazily, which costs a cold start a quarter of its CPU. */
export const functionsIn = (folder: string): BuildOptions => ({
  ...BUNDLING,
  format: 'cjs',
  entryPoints: ['broadcast', 'connect', 'disconnect', 'message', 'page-upload'].map((name) => ({
    in: `lambdas/handlers/${name}.ts`,
    out: `${name}/index`,
  })),
  outdir: join(folder, 'functions'),
  inject: ['lambdas/stack-traces.ts'],
  sourcemap: 'external',
  sourcesContent: false,
  // The names of files in a source map are those below the project, also where node_modules is a link.
  preserveSymlinks: true,
  plugins: [ownPositions],
});

/** JavaScript, because each thread would take 10 MB and 60 ms of CPU to strip the types of its few lines. */
export const workersIn = (folder: string): BuildOptions => ({
  ...BUNDLING,
  format: 'esm',
  entryPoints: { 'function-worker': 'local/functions/worker.ts', 'table-worker': 'local/table-worker.ts' },
  // It has native parts.
  external: ['dynalite', 'abstract-level'],
  outdir: join(folder, 'local'),
  outExtension: { '.js': '.mjs' },
});
