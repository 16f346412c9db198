// `npm start`: starts everything on this machine and prints the page's URL. The functions' logs go to stderr. npm starts it
// with small young generations (`--max-semi-space-size`): V8 would let each of a dozen threads fill up to 192 MB first.

import { SCHEDULE_PERIOD_MILLIS } from '../local/deployment.ts';
import { UNTHROTTLED } from '../local/gateway/limits.ts';
import { makeWorstJitter, punctual } from '../local/scheduler.ts';
import { makeSite } from '../local/site.ts';
import { type LocalPlatform, startLocal } from '../local/start-local.ts';
import { ensureBuilt } from './build/ensure.ts';
import { readCommandLine } from './command-line.ts';
import { parseStartOptions, type StartOptions, USAGE } from './start/options.ts';

/** Stopping takes some tens of milliseconds; whatever hangs is cut off before two seconds have passed. */
const STOP_DEADLINE_MILLIS = 1_800;

const PARENT_CHECK_MILLIS = 100;

await run(readCommandLine('npm start', USAGE, parseStartOptions));

async function run(options: StartOptions): Promise<void> {
  // Whoever read our output may have gone; the clock goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let platform: LocalPlatform | undefined;
  let isStopping = false;
  const stop = async () => {
    // npm and the terminal may both pass the signal on.
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_DEADLINE_MILLIS).unref();
    try {
      await platform?.dispose();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`start: could not stop cleanly: ${(error as Error).message}\n`);
      process.exit(1);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  stopWithNpm(stop);

  try {
    await ensureBuilt();
    const site = await makeSite();
    platform = await startLocal({
      ...options,
      site,
      limits: options.isUnthrottled ? UNTHROTTLED : {},
      makeScheduleJitter: () =>
        options.hasScheduleJitter ? makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random) : punctual,
      output: (text) => process.stderr.write(text),
    });
  } catch (error) {
    process.stderr.write(`start: ${explain(error as NodeJS.ErrnoException, options)}\n`);
    process.exit(1);
  }
  process.stdout.write(`Tickcast is running at ${platform.siteUrl} (Ctrl-C stops it)\n`);
}

/** A signal to npm reaches only the shell that npm has put in between: the shell dies of it, and this process, which
 *  nobody has told, has another parent from then on. */
function stopWithNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && stop(), PARENT_CHECK_MILLIS).unref();
}

function explain(error: NodeJS.ErrnoException, { port, host }: StartOptions): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken; choose another with --port, or 0 for any free one`;
    case 'EACCES':
      return `port ${port} on ${host} may not be used by this user; choose one above 1023 with --port`;
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return `--host ${host} is not an address of this machine`;
    default:
      return `could not start: ${error.message}`;
  }
}
