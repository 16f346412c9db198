// Bundles of esbuild: the functions, and the programs of the local platform's threads.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { PROJECT } from './sources.ts';

/** Options for a function, for any output format. */
export const BUNDLING = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  absWorkingDir: PROJECT,
  logLevel: 'warning',
  // Providers of credentials that a function never uses: it has its credentials in the environment, which the SDK tries
  // first. They would be a third of the bundle, and Lambda's own copy of the SDK has them.
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

/** A source map that has one position for the whole file. */
const NO_POSITIONS = Buffer.from('{"version":3,"sources":["npm:library"],"names":[],"mappings":"AAAA"}').toString(
  'base64',
);

/** Leaves the positions of libraries out of the source maps, which would be eight times as large with them. */
const ownPositions: Plugin = {
  name: 'own-positions',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.[cm]?js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\n//# sourceMappingURL=data:application/json;base64,${NO_POSITIONS}`,
    }));
  },
};

/** Each function is one CommonJS module that contains the AWS SDK. An ES module that imports one name of a built-in
 *  module loads everything that the built-in module would load lazily. That costs a cold start a quarter of its CPU. */
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
  // File names in a source map are relative to the project, even if node_modules is a link.
  preserveSymlinks: true,
  plugins: [ownPositions],
});

/** The threads run JavaScript, because stripping the types would cost each thread 10 MB and 60 ms of CPU. */
export const workersIn = (folder: string): BuildOptions => ({
  ...BUNDLING,
  format: 'esm',
  entryPoints: { 'function-worker': 'local/functions/worker.ts', 'table-worker': 'local/table-worker.ts' },
  // dynalite has native parts.
  external: ['dynalite', 'abstract-level'],
  outdir: join(folder, 'local'),
  outExtension: { '.js': '.mjs' },
});
