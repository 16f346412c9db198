// Runs the local platform for `npm start` and `npm run dev`, until a signal ends it. The functions' logs go to stderr.

import { ownOrigins, shownHost } from '../../local/address.ts';
import { SCHEDULE_PERIOD_MILLIS } from '../../local/deployment.ts';
import { UNTHROTTLED } from '../../local/gateway/limits.ts';
import { makeWorstJitter, punctual } from '../../local/scheduler.ts';
import { type LocalOptions, type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { STAGE } from '../../protocol/limits.ts';
import { SAME_ORIGIN_SOCKET } from '../../protocol/page-sockets.ts';
import { ensureBuilt } from '../build/sources.ts';
import type { StartOptions } from './options.ts';

/** Stopping usually takes some tens of milliseconds. After this time the process exits in any case. */
const STOP_DEADLINE_MILLIS = 1_800;

const PARENT_CHECK_MILLIS = 100;

/** Starts one platform for each cell and prints their URLs. Exits with 1 if one cannot start, and stops them on a
 *  signal.
 *  @param program name for messages, such as `start`
 *  @param prepare makes the other settings of a platform, such as the site
 *  @param sockets of the page, the cell's own first */
export async function run(
  program: string,
  options: StartOptions,
  prepare: (sockets: readonly string[]) => Promise<Pick<LocalOptions, 'site'>>,
): Promise<readonly LocalPlatform[]> {
  // The reader of the output may have closed it. The clock goes on.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const platforms: LocalPlatform[] = [];
  let isStopping = false;
  const stop = async () => {
    // npm and the terminal may both send the signal.
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_DEADLINE_MILLIS).unref();
    try {
      await Promise.all(platforms.map((platform) => platform.dispose()));
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
    for (const { sockets, ...own } of cellsOf(options)) {
      const platform = await startLocal({
        ...options,
        ...(await prepare(sockets)),
        ...own,
        limits: options.isUnthrottled ? UNTHROTTLED : {},
        makeScheduleJitter: () =>
          options.hasScheduleJitter ? makeWorstJitter(SCHEDULE_PERIOD_MILLIS, Math.random) : punctual,
        output: (text) => process.stderr.write(text),
      });
      platforms.push(platform);
    }
  } catch (error) {
    process.stderr.write(`${program}: ${explain(error as NodeJS.ErrnoException, options)}\n`);
    process.exit(1);
  }
  const [first, ...others] = platforms.map(({ siteUrl }) => siteUrl);
  process.stdout.write(`Tickcast is running at ${first} (Ctrl-C stops it)\n`);
  for (const url of others) process.stdout.write(`Another cell is running at ${url}\n`);
  return platforms;
}

/** Port, sockets and allowed origins of each cell. */
function cellsOf({ port, host, cells, allowedOrigins }: StartOptions) {
  const ports = Array.from({ length: cells }, (_, n) => port + n);
  // A platform always allows its own page.
  const origins = cells === 1 ? [] : ports.flatMap((each) => ownOrigins(host, each));
  return ports.map((own, n) => {
    const others = [...ports.slice(n + 1), ...ports.slice(0, n)];
    const sockets = others.map((other) => `ws://${shownHost(host)}:${other}/${STAGE}`);
    return { port: own, sockets: [SAME_ORIGIN_SOCKET, ...sockets], allowedOrigins: [...allowedOrigins, ...origins] };
  });
}

/** A signal may end npm's shell but not this process. Then the parent's pid changes. */
function stopWithNpm(stop: () => void): void {
  if (process.env.npm_lifecycle_event === undefined) return;
  const { ppid } = process;
  setInterval(() => process.ppid !== ppid && stop(), PARENT_CHECK_MILLIS).unref();
}

function explain(error: NodeJS.ErrnoException, { port: first, host, cells }: StartOptions): string {
  const { port = first } = error as { readonly port?: number };
  switch (error.code) {
    case 'EADDRINUSE':
      return `port ${port} on ${host} is taken; choose another with --port${cells === 1 ? ', or 0 for any free one' : ''}`;
    case 'EACCES':
      return `port ${port} on ${host} may not be used by this user; choose one above 1023 with --port`;
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      return `--host ${host} is not an address of this machine`;
    default:
      return `could not start: ${error.message}`;
  }
}
