// Starts a program of this folder by its name: `node commands start --port 0`. This file is JavaScript, because an
// older Node cannot load TypeScript.
//
// Tickcast runs on Node 24, as in Lambda. `npm ci` installs that Node as an optional package, and npm puts it first on
// PATH. If the package is missing, npm uses the host's `node` without a warning.

import { readdirSync } from 'node:fs';
import * as module from 'node:module';

const REQUIRED_MAJOR = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < REQUIRED_MAJOR) {
  console.error(
    `Tickcast needs Node ${REQUIRED_MAJOR} or newer to run, and this is ${process.version} (${process.execPath}). ` +
      'Run it through npm ("npm start", "npm test") after "npm ci" with optional dependencies on; ' +
      `on ${process.platform}-${process.arch} without a packaged Node, install Node ${REQUIRED_MAJOR} itself.`,
  );
  process.exit(1);
}

// Caches compiled code and stripped TypeScript for the next start, which saves half of its CPU.
module.enableCompileCache();

// The first releases of Node 24 warn that type stripping is experimental. Some platforms have no newer package.
const listeners = process.listeners('warning');
process.removeAllListeners('warning').on('warning', (warning) => {
  if (!warning.message.startsWith('Type Stripping')) for (const listener of listeners) listener.call(process, warning);
});

const [name] = process.argv.splice(2, 1);
const programs = readdirSync(import.meta.dirname).flatMap((file) => /^([a-z-]+)\.ts$/.exec(file)?.[1] ?? []);
if (!programs.includes(name)) {
  console.error(`there is no program "${name ?? ''}" in commands/, only ${programs.join(', ')}`);
  process.exit(2);
}
await import(`./${name}.ts`);
