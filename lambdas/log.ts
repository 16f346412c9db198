// Structured logs through Powertools: one JSON object per line, with the function's name as `service`.

import { Logger } from '@aws-lambda-powertools/logger';
import type { Log } from './domain/ports.ts';
import type { LambdaContext } from './events.ts';

/** Maximum of characters that are logged of a viewer's text. */
const MAX_LOGGED_TEXT = 256;

export interface FunctionLog extends Log {
  /** Adds the request id of the invocation to all following lines, as `requestId`. An environment has one invocation at
   *  a time, so the lines of two invocations do not mix. */
  begin(context: Pick<LambdaContext, 'awsRequestId'>): void;
}

/** @param functionName value of `service` in each line */
export function makeLog(functionName: string): FunctionLog {
  const logger = new Logger({ serviceName: functionName });
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, facts: Record<string, unknown> = {}): void => {
      try {
        logger[level](message, facts);
      } catch (error) {
        // Facts that cannot be serialized must not end the process. An error that is its own cause is an example.
        logger[level](message, { unwritable: String(error) });
      }
    };
  const begin = ({ awsRequestId: requestId }: Pick<LambdaContext, 'awsRequestId'>) => logger.appendKeys({ requestId });
  return { info: write('info'), warn: write('warn'), error: write('error'), begin };
}

/** Cuts a viewer's text for the log. */
export function excerpt(text: string): string {
  return text.length > MAX_LOGGED_TEXT ? `${text.slice(0, MAX_LOGGED_TEXT)}…` : text;
}
