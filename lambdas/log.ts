// Structured logs: one JSON object a line, with the function's name as `service`, through Powertools.

import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from './domain/ports.ts';

/** Viewers' text is cut to this many characters before it is logged. */
const MAX_LOGGED_TEXT = 256;

/** @param functionName which of the functions speaks, as `service` in each line */
export function makeLog(functionName: string): Log {
  const logger = new Logger({ serviceName: functionName });
  return {
    info: (message, facts = {}) => logger.info(message, facts),
    warn: (message, facts = {}) => logger.warn(message, facts),
    error: (message, facts = {}) => logger.error(message, facts),
  };
}

export function excerpt(text: string): string {
  return text.length > MAX_LOGGED_TEXT ? `${text.slice(0, MAX_LOGGED_TEXT)}…` : text;
}
