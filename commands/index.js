// Starts a program of this folder by its name: `node commands start --port 0`. Plain JavaScript, because an older Node cannot
// load TypeScript.
//
// The product runs on Node 24, as in Lambda. `npm ci` brings that Node along as an optional package, and npm puts it first
// on PATH. When the package is missing, npm silently uses the host's `node`.

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

// Keeps what is compiled, and the stripped TypeScript, for the next start: half of its CPU.
module.enableCompileCache();

// The first releases of Node 24, the newest packaged for some platforms, still call type stripping an experiment.
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
