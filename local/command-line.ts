// The options of `npm start`, read from the command line.

import { parseArgs } from 'node:util';
import {
  MAX_INTERVAL_SECONDS,
  MAX_VIEWERS_LIMIT,
  MIN_INTERVAL_SECONDS,
  parseCount,
  parseIntervalSeconds,
  parseShards,
} from '../lambdas/config.ts';

export interface StartOptions {
  readonly port: number;
  readonly host: string;
  readonly intervalSeconds: number;
  readonly shards: number;
  readonly maxViewers: number;
  readonly maxViewersPerAddress?: number;
  /** Of pages that may connect, beside those of the platform itself. */
  readonly allowedOrigins: readonly string[];
  /** The schedule comes late, twice or not at all, as bad as EventBridge may be. */
  readonly hasScheduleJitter: boolean;
  /** Without the limits on requests and handshakes a second that AWS sets an account. */
  readonly isUnthrottled: boolean;
}

export const USAGE = `Usage: npm start -- [options]

  --port <number>       port to listen on, 0 for any free one (default 8888)
  --host <name>         name or address to listen on (default localhost, both loopback addresses; :: for all)
  --interval <seconds>  from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --shards <number>     runners that share the viewers: 1, 2, 4, 8 or 16 (default 1)
  --max-viewers <number>
                        viewers beyond them are refused (default 20000)
  --max-viewers-per-address <number>
                        the same for one address (default: any number)
  --allow-origin <origin>
                        pages from there may connect too, such as http://localhost:3000; can be repeated
  --unthrottled         lifts AWS's limits on requests and new connections a second
  --schedule-jitter     the schedule comes late, twice or not at all, as it may on AWS
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
        host: { type: 'string', default: 'localhost' },
        interval: { type: 'string', default: '1' },
        shards: { type: 'string', default: '1' },
        'max-viewers': { type: 'string', default: '20000' },
        'max-viewers-per-address': { type: 'string' },
        'allow-origin': { type: 'string', multiple: true, default: [] },
        'schedule-jitter': { type: 'boolean', default: false },
        unthrottled: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return 'help';
    const perAddress = values['max-viewers-per-address'];
    return {
      port: parsePort(values.port),
      host: parseHost(values.host),
      intervalSeconds: parseIntervalSeconds('--interval', values.interval),
      shards: parseShards('--shards', values.shards),
      maxViewers: parseCount('--max-viewers', values['max-viewers'], MAX_VIEWERS_LIMIT),
      ...(perAddress !== undefined && {
        maxViewersPerAddress: parseCount('--max-viewers-per-address', perAddress, MAX_VIEWERS_LIMIT),
      }),
      allowedOrigins: values['allow-origin'].map(parseOrigin),
      hasScheduleJitter: values['schedule-jitter'],
      isUnthrottled: values.unthrottled,
    };
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UsageError(line, { cause: error });
  }
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 0 && port <= 65_535) return port;
  throw new UsageError(`--port must be a whole number from 0 to 65535, got "${text}"`);
}

function parseHost(text: string): string {
  if (/^[A-Za-z0-9.:-]+$/.test(text)) return text;
  throw new UsageError(`--host must be a host name or an IP address, got "${text}"`);
}

function parseOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text;
  throw new UsageError(`--allow-origin must be an origin such as http://localhost:3000, got "${text}"`);
}
