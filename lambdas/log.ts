// Structured logs: one JSON object a line, with the function's name as `service`, through Powertools.

import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from './domain/ports.ts';

/** Viewers' text is cut to this many characters before it is logged. */
const MAX_LOGGED_TEXT = 256;

/** @param functionName which of the functions speaks, as `service` in each line */
export function makeLog(functionName: string): Log {
  const logger = new Logger({ serviceName: functionName });
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, facts: Record<string, unknown> = {}): void => {
      try {
        logger[level](message, facts);
      } catch (error) {
        // Facts that cannot be written, such as an error that is its own cause, must not end the process.
        logger[level](message, { unwritable: String(error) });
      }
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

export function excerpt(text: string): string {
  return text.length > MAX_LOGGED_TEXT ? `${text.slice(0, MAX_LOGGED_TEXT)}…` : text;
}
