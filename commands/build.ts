// `npm run build`: the functions' bundles and the page, in `dist/`. The stack deploys them, and the local platform runs and serves
// the same files.

import { fileURLToPath } from 'node:url';
import { buildFunctions, buildWorkers } from './build/functions.ts';
import { hashOfSources, isBuilt, writeOutputs } from './build/outputs.ts';
import { buildPage } from './build/page.ts';

const PROJECT = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');

/** Node takes the bundles for CommonJS, as Lambda does, although this project is of ES modules. */
const PACKAGE = Buffer.from('{ "type": "commonjs" }\n');

if (!(await isBuilt(PROJECT))) {
  const hash = await hashOfSources(PROJECT);
  const [functions, workers, page] = await Promise.all([
    buildFunctions(PROJECT),
    buildWorkers(PROJECT),
    buildPage(PROJECT),
  ]);
  const outputs = new Map([['functions/package.json', PACKAGE]]);
  for (const [path, content] of functions) outputs.set(`functions/${path}`, Buffer.from(content));
  for (const [path, content] of workers) outputs.set(`local/${path}`, Buffer.from(content));
  for (const [path, content] of page) {
    outputs.set(`page/${path}`, Buffer.from(content));
    outputs.set(`functions/page-upload/page/${path}`, Buffer.from(content));
  }
  await writeOutputs(PROJECT, outputs, hash);
}
