// `npm run build`: writes the functions' bundles, the page, and the programs of the local platform's threads to
// `dist/`. The stack deploys them, and the local platform runs and serves the same files. Does nothing if they are up
// to date. If two builds run at once, one of them may fail: run it again.

import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
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
    // Node treats the bundles as CommonJS, as Lambda does, although this project consists of ES modules.
    await writeFile(join(folder, 'functions/package.json'), '{ "type": "commonjs" }\n');
    // The hash is removed first and written last, so a half replaced `dist/` does not count as built.
    await rm(join(DIST, STAMP), { force: true });
    await mkdir(DIST, { recursive: true });
    for (const name of ['functions', 'local', 'page']) {
      await rm(join(DIST, name), { recursive: true, force: true });
      await rename(join(folder, name), join(DIST, name));
    }
    await writeFile(join(DIST, STAMP), hash);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
