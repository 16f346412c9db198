// Posts to connections through the @connections API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html

import {
  type ApiGatewayManagementApiClient,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { Clock, Log, Poster, PostOutcome } from '../domain/ports.ts';

export function makeGatewayPoster(client: ApiGatewayManagementApiClient, clock: Clock, log: Log): Poster {
  return {
    async post(connectionId, data, deadlineMillis) {
      const abortSignal = AbortSignal.timeout(Math.max(0, deadlineMillis - clock.now()));
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: data }), { abortSignal });
        return 'delivered';
      } catch (error) {
        const outcome = outcomeOf(error, abortSignal);
        if (outcome === 'failed') log.warn('a post failed', { connectionId, error });
        return outcome;
      }
    },
  };
}

function outcomeOf(error: unknown, abortSignal: AbortSignal): PostOutcome {
  if (abortSignal.aborted) return 'timedOut';
  if (error instanceof GoneException) return 'gone';
  if (error instanceof LimitExceededException) return 'throttled';
  return 'failed';
}
