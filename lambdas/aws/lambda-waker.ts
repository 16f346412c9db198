// Starts a runner by an asynchronous invocation of the broadcast function.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import type { Waker } from '../domain/ports.ts';
import type { BroadcastEvent } from '../events.ts';

/** @param functionName or ARN of the broadcast function */
export function makeLambdaWaker(functionName: string, event: BroadcastEvent): Waker {
  return {
    async wake() {
      // Imported when it is needed, which is seldom: it would lengthen every cold start of `$connect`.
      const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
      const client = new LambdaClient({});
      try {
        const invocation = {
          FunctionName: functionName,
          InvocationType: 'Event',
          Payload: JSON.stringify(event),
        } as const;
        await client.send(new InvokeCommand(invocation));
      } finally {
        client.destroy();
      }
    },
  };
}
