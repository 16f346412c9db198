// The options of `npm start` and `npm run dev`.

import { DEFAULT_MAX_VIEWERS } from '../../local/function-variables.ts';
import type { LocalOptions } from '../../local/start-local.ts';
import { MAX_INTERVAL_SECONDS, MAX_VIEWERS_LIMIT, MIN_INTERVAL_SECONDS, SHARD_COUNTS } from '../../protocol/limits.ts';
import { parseCount, parseIntervalSeconds, parseOrigins, parseShards } from '../../protocol/settings.ts';
import { parseCommandLine, UsageError } from '../common/command-line.ts';

type Needed = 'port' | 'host' | 'intervalSeconds' | 'shards' | 'maxViewers' | 'allowedOrigins';

export interface StartOptions extends Required<Pick<LocalOptions, Needed>>, Pick<LocalOptions, 'maxViewersPerAddress'> {
  /** Whether the schedule sometimes fires late, twice or not at all, as EventBridge's may. */
  readonly hasScheduleJitter: boolean;
  /** Whether to lift the account's limits on requests and handshakes per second. */
  readonly isUnthrottled: boolean;
  /** Number of platforms on this machine. Each has its own port, and its page knows the others. */
  readonly cells: number;
}

const MAX_CELLS = 9;

const CELLS_USAGE = `
  --cells <number>      run this many independent platforms, at --port and the ports after it (default 1, at most ${MAX_CELLS});
                        the page of each goes to another one if its own fails. For browsers on other machines give
                        this machine's address as --host: with 0.0.0.0 or :: a page looks for the others at localhost`;

export const USAGE = makeUsage('npm start', CELLS_USAGE);

/** Usage of `npm run dev`, which has no `--cells`. */
export const DEV_USAGE = makeUsage('npm run dev', '');

function makeUsage(program: string, cellsUsage: string): string {
  return `Usage: ${program} -- [options]

  --port <number>       port to listen on, 0 for any free port (default 8888)
  --host <name>         name or address to listen on (default localhost, both loopback addresses; :: for all)
  --interval <seconds>  time from one tick to the next, ${MIN_INTERVAL_SECONDS} to ${MAX_INTERVAL_SECONDS} (default 1)
  --shards <number>     runners that share the viewers: ${SHARD_COUNTS.join(', ')} (default 1)
  --max-viewers <number>
                        refuse viewers beyond this number (default ${DEFAULT_MAX_VIEWERS})
  --max-viewers-per-address <number>
                        refuse connections from one address beyond this number (default: no limit)
  --allow-origin <origin>
                        also allow pages of this origin to connect, such as http://localhost:3000; can be repeated${cellsUsage}
  --unthrottled         lift AWS's limits on requests and new connections per second
  --schedule-jitter     let the schedule fire late, twice or not at all, as it may on AWS
  --help                print this
`;
}

const OPTIONS = {
  port: { type: 'string', default: '8888' },
  host: { type: 'string', default: 'localhost' },
  interval: { type: 'string', default: '1' },
  shards: { type: 'string', default: '1' },
  'max-viewers': { type: 'string', default: String(DEFAULT_MAX_VIEWERS) },
  'max-viewers-per-address': { type: 'string' },
  'allow-origin': { type: 'string', multiple: true },
  cells: { type: 'string', default: '1' },
  'schedule-jitter': { type: 'boolean', default: false },
  unthrottled: { type: 'boolean', default: false },
} as const;

/** @throws {UsageError} with the option, its value and what is allowed */
export function parseStartOptions(args: readonly string[]): StartOptions | 'help' {
  return parseCommandLine(args, OPTIONS, (values) => {
    const perAddress = values['max-viewers-per-address'];
    const cells = parseCount('--cells', values.cells, MAX_CELLS);
    return {
      cells,
      port: parsePort(values.port, cells),
      host: parseHost(values.host),
      intervalSeconds: parseIntervalSeconds('--interval', values.interval),
      shards: parseShards('--shards', values.shards),
      maxViewers: parseCount('--max-viewers', values['max-viewers'], MAX_VIEWERS_LIMIT),
      ...(perAddress !== undefined && {
        maxViewersPerAddress: parseCount('--max-viewers-per-address', perAddress, MAX_VIEWERS_LIMIT),
      }),
      allowedOrigins: (values['allow-origin'] ?? []).flatMap((origin) => parseOrigins('--allow-origin', origin)),
      hasScheduleJitter: values['schedule-jitter'],
      isUnthrottled: values.unthrottled,
    };
  });
}

/** Options of `npm run dev`, which has one page with one development server.
 *  @throws {UsageError} */
export function parseDevOptions(args: readonly string[]): StartOptions | 'help' {
  const options = parseStartOptions(args);
  if (options === 'help' || options.cells === 1) return options;
  throw new UsageError(`--cells must be 1 with npm run dev, got "${options.cells}"; npm start runs several`);
}

function parsePort(text: string, cells: number): number {
  const port = parseCount('--port', text, 65_535, 0);
  if (cells === 1 || (port > 0 && port + cells <= 65_536)) return port;
  throw new UsageError(`--port must be from 1 to ${65_536 - cells} with ${cells} cells, got "${text}"`);
}

function parseHost(text: string): string {
  if (/^[A-Za-z0-9.:-]+$/.test(text)) return text;
  throw new UsageError(`--host must be a host name or an IP address, got "${text}"`);
}
