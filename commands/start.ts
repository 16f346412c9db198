// `npm start`: starts everything on this machine and prints the page's URL. npm starts it with a small young generation
// (`--max-semi-space-size`), because V8 would otherwise let each of a dozen threads use up to 192 MB.

import { makeSite } from '../local/site.ts';
import { readCommandLine } from './common/command-line.ts';
import { parseStartOptions, USAGE } from './start/options.ts';
import { run } from './start/run.ts';

const options = readCommandLine('npm start', USAGE, parseStartOptions);
await run('start', options, async (sockets) => ({ site: await makeSite(sockets) }));
