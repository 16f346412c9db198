// Reads the command lines of all programs: options by node:util.parseArgs, `--help`, and one line for a mistake.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError } from '../../protocol/settings.ts';

/** A mistake on the command line. Its message is one line for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

type Options = NonNullable<ParseArgsConfig['options']>;

type Values<Given extends Options> = ReturnType<typeof parseArgs<{ options: Given }>>['values'];

/** @param read turns the options into the result; a ConfigError that it throws is a mistake on the command line
 *  @returns 'help' if help was asked for
 *  @throws {UsageError} with the option, its value and what is allowed */
export function parseCommandLine<Given extends Options, Result>(
  args: readonly string[],
  options: Given,
  read: (values: Values<Given>) => Result,
): Result | 'help' {
  if (args.includes('--help')) return 'help';
  try {
    return read(parseArgs({ args: [...args], options }).values);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (!(error instanceof ConfigError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    // Some errors of parseArgs have several lines.
    throw new UsageError(message.replaceAll('\n', ' '), { cause: error });
  }
}

/** Reads the command line of a program. Prints the usage and exits for `--help`, and exits with 2 for a mistake on the
 *  command line.
 *  @param program as users start it, such as `npm run cost`
 *  @returns the options of the command line */
export function readCommandLine<Result>(
  program: string,
  usage: string,
  parse: (args: readonly string[]) => Result | 'help',
): Result {
  try {
    const parsed = parse(process.argv.slice(2));
    if (parsed !== 'help') return parsed;
    process.stdout.write(usage);
    process.exit(0);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${program.split(' ').at(-1)}: ${error.message} (see ${program} -- --help)\n`);
    process.exit(2);
  }
}
