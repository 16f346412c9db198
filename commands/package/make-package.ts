// Makes the package in a folder: three entry points, the functions with the page, the licence, the change log, and its
// own README.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { DIST, ensureBuilt, PROJECT } from '../build/sources.ts';
import { writeDeclarations } from './declarations.ts';
import { manifest } from './manifest.ts';

/** The element imports the client's entry point, so an app with both loads the client once. */
const clientApart: Plugin = {
  name: 'client-apart',
  setup({ onResolve }) {
    onResolve({ filter: /\/client\/index\.ts$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: '../client/index.js', external: true },
    );
  },
};

/** @param packageFolder is replaced if it exists */
export async function makePackage(packageFolder: string): Promise<void> {
  await ensureBuilt();
  await rm(packageFolder, { recursive: true, force: true });
  for (const entry of ['client', 'element', 'cdk']) await mkdir(join(packageFolder, entry), { recursive: true });
  const folder = await mkdtemp(`${DIST}-package-`);
  try {
    await Promise.all([
      build(forBrowsers(packageFolder, 'client')),
      build({ ...forBrowsers(packageFolder, 'element'), plugins: [clientApart] }),
      build({ ...FOR_CDK, format: 'esm', outfile: join(packageFolder, 'cdk/index.js') }),
      build({
        ...FOR_CDK,
        format: 'cjs',
        outfile: join(packageFolder, 'cdk/index.cjs'),
        define: { 'import.meta.url': 'moduleUrl' },
        banner: { js: "const moduleUrl = require('node:url').pathToFileURL(__filename).href;" },
      }),
      writeDeclarations(folder, packageFolder),
      // lib/assets.ts looks for them here.
      cp(join(DIST, 'functions'), join(packageFolder, 'dist/functions'), { recursive: true }),
      cp(join(PROJECT, 'LICENSE'), join(packageFolder, 'LICENSE')),
      cp(join(PROJECT, 'CHANGELOG.md'), join(packageFolder, 'CHANGELOG.md')),
      cp(join(PROJECT, 'commands/package/README.md'), join(packageFolder, 'README.md')),
      writeFile(join(packageFolder, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`),
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const COMMON = { bundle: true, sourcemap: true, absWorkingDir: PROJECT, logLevel: 'warning' } satisfies BuildOptions;

const forBrowsers = (packageFolder: string, entry: string): BuildOptions => ({
  ...COMMON,
  entryPoints: [`web/src/${entry}/index.ts`],
  outfile: join(packageFolder, entry, 'index.js'),
  format: 'esm',
  target: 'es2022',
  minify: true,
});

const FOR_CDK: BuildOptions = {
  ...COMMON,
  entryPoints: ['lib/index.ts'],
  platform: 'node',
  target: 'node20',
  external: ['aws-cdk-lib', 'constructs'],
};
