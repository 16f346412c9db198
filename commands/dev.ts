// `npm run dev`: like `npm start` with one cell, but Vite serves the page and reloads it after a change. Functions are
// rebuilt and restarted after a change of their files; connections stay open and miss two or three ticks. Changes of
// local/ need a restart.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { context } from 'esbuild';
import { createServer } from 'vite';
import { ELEMENT_FILE } from '../protocol/response-headers.ts';
import { functionsIn } from './build/bundles.ts';
import { DIST, PROJECT, STAMP } from './build/sources.ts';
import { readCommandLine } from './common/command-line.ts';
import { DEV_USAGE, parseDevOptions } from './start/options.ts';
import { run } from './start/run.ts';

const options = readCommandLine('npm run dev', DEV_USAGE, parseDevOptions);
const platforms = await run('dev', options, async () => {
  const { middlewares } = await createServer({
    root: join(PROJECT, 'web'),
    server: { middlewareMode: true, hmr: { host: 'localhost' } },
  });
  return {
    site(request, response) {
      if (request.url === `/${ELEMENT_FILE}`) request.url = '/src/element/index.ts';
      middlewares(request, response, () => response.writeHead(404).end());
    },
  };
});

let builds = 0;
const restart = {
  name: 'restart',
  setup(build: { onEnd(listener: (result: { errors: unknown[] }) => void): void }) {
    build.onEnd(({ errors }) => {
      // The first build gives the functions that already run.
      if (builds++ === 0 || errors.length > 0) return;
      process.stdout.write('The functions have changed and were restarted\n');
      for (const platform of platforms) platform.restart();
    });
  },
};
// From now on the functions in dist/ may be newer than the hash.
await rm(join(DIST, STAMP), { force: true });
const functions = await context({ ...functionsIn(DIST), plugins: [restart] });
await functions.watch();
