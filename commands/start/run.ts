// Runs the local platform until a signal: for `npm start` and `npm run dev`. The functions' logs go to stderr.

import { SCHEDULE_PERIOD_MILLIS } from '../../local/deployment.ts';
import { UNTHROTTLED } from '../../local/gateway/limits.ts';
import { makeWorstJitter, punctual } from '../../local/scheduler.ts';
import { type LocalOptions, type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { ensureBuilt } from '../build/sources.ts';
import type { StartOptions } from './options.ts';

/** Stopping takes some tens of milliseconds; whatever hangs is cut off before two seconds have passed. */
const STOP_DEADLINE_MILLIS = 1_800;

const PARENT_CHECK_MILLIS = 100;

/** Starts the platform and prints its URL. Exits with 1 when it cannot start, and stops it on a signal.
 *  @param program for messages, such as `start`
 *  @param prepare makes what the options do not say, such as the site */
export async function run(
  program: string,
  options: StartOptions,
  prepare: () => Promise<Pick<LocalOptions, 'site'>>,
): Promise<LocalPlatform> {
  // A reader of the output may have closed it. The clock goes on.
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
      process.stderr.write(`${program}: could not stop cleanly: ${(error as Error).message}\n`);
      process.exit(1);
    }
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  stopWithNpm(stop);

  try {
    await ensureBuilt();
    platform = await startLocal({
      ...options,
      ...(await prepare()),
      limits: options.isUnthrottled ? UNTHROTTLED : {},
      makeScheduleJitter: () =>
        options.hasScheduleJitter ? makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random) : punctual,
      output: (text) => process.stderr.write(text),
    });
  } catch (error) {
    process.stderr.write(`${program}: ${explain(error as NodeJS.ErrnoException, options)}\n`);
    process.exit(1);
  }
  process.stdout.write(`Tickcast is running at ${platform.siteUrl} (Ctrl-C stops it)\n`);
  return platform;
}

/** The signal ends npm's shell, not this process; a changed parent pid reveals it. */
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
