// The options of `npm start`, read from the command line.

import { parseArgs } from 'node:util';
import { MAX_INTERVAL_SECONDS, MIN_INTERVAL_SECONDS, parseIntervalSeconds } from '../lambdas/config.ts';

export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly intervalSeconds: number;
}

export const USAGE = `Usage: npm start -- [options]

  --port <number>       port to listen on, 0 for any free one (default 8888)
  --host <name>         name or address to listen on (default 127.0.0.1; 0.0.0.0 for all)
  --interval <seconds>  from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --help                print this
`;

/** A mistake on the command line; its message is one line for the person who made it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @returns 'help' when help is asked for
 *  @throws {UsageError} saying what was wrong, what was got and what is allowed */
export function parseCommandLine(args: readonly string[]): StartOptions | 'help' {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8888' },
        host: { type: 'string', default: '127.0.0.1' },
        interval: { type: 'string', default: '1' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    return {
      port: parsePort(values.port),
      host: parseHost(values.host),
      intervalSeconds: parseIntervalSeconds('--interval', values.interval),
    };
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UsageError(line, { cause: error });
  }
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port must be a whole number from 0 to 65535, got "${text}"`);
}

function parseHost(text: string): string {
  if (/^[A-Za-z0-9.:-]+$/.test(text)) return text;
  throw new UsageError(`--host must be a host name or an IP address, got "${text}"`);
}
