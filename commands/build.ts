// `npm run build`: the functions' bundles, the page, and the programs of the local platform's threads, in `dist/`. The stack deploys
// them, and the local platform runs and serves the same files. Does nothing when they are up to date.

import { cp, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { build as buildPage } from 'vite';
import { functionsIn, workersIn } from './build/bundles.ts';
import { DIST, hashOfSources, isBuilt, PROJECT, STAMP } from './build/sources.ts';

if (!(await isBuilt())) {
  const hash = await hashOfSources();
  const folder = await mkdtemp(`${DIST}-`);
  const page = join(folder, 'page');
  try {
    await Promise.all([
      build(functionsIn(folder)),
      build(workersIn(folder)),
      buildPage({ root: join(PROJECT, 'web'), logLevel: 'warn', build: { outDir: page, emptyOutDir: false } }),
    ]);
    await cp(page, join(folder, 'functions/page-upload/page'), { recursive: true });
    // Node takes the bundles for CommonJS, as Lambda does, although this project consists of ES modules.
    await writeFile(join(folder, 'functions/package.json'), '{ "type": "commonjs" }\n');
    await writeFile(join(folder, STAMP), hash);
    await rm(DIST, { recursive: true, force: true });
    // Fails when another build has finished meanwhile: then its files are there.
    await rename(folder, DIST).catch(() => {});
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
