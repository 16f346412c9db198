// `npm start`: starts everything on this machine and prints the page's URL. npm starts it with small young generations
// (`--max-semi-space-size`): V8 would let each of a dozen threads fill up to 192 MB first.

import { makeSite } from '../local/site.ts';
import { readCommandLine } from './common/command-line.ts';
import { parseStartOptions, USAGE } from './start/options.ts';
import { run } from './start/run.ts';

const options = readCommandLine('npm start', USAGE, parseStartOptions);
await run('start', options, async (sockets) => ({ site: await makeSite(sockets) }));
