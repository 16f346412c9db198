// Structured logs: one JSON object a line, with the function's name as `service`, through Powertools.

import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from './domain/ports.ts';
import type { LambdaContext } from './events.ts';

/** Viewers' text is cut to this many characters before it is logged. */
const MAX_LOGGED_TEXT = 256;

export interface FunctionLog extends Log {
  /** Adds the request id of the invocation to all lines that follow, as `requestId`. Lambda gives an environment one invocation at
   *  a time. */
  begin(context: Pick<LambdaContext, 'awsRequestId'>): void;
}

/** @param functionName which of the functions speaks, as `service` in each line */
export function makeLog(functionName: string): FunctionLog {
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
  const begin = ({ awsRequestId: requestId }: Pick<LambdaContext, 'awsRequestId'>) => logger.appendKeys({ requestId });
  return { info: write('info'), warn: write('warn'), error: write('error'), begin };
}

export function excerpt(text: string): string {
  return text.length > MAX_LOGGED_TEXT ? `${text.slice(0, MAX_LOGGED_TEXT)}…` : text;
}
