// `$default`: answers every message of a viewer. The gateway sends the returned body to the viewer as the route
// response, without a call to the @connections API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-route-response.html

import { formatMessage, parseClientMessage, type ServerMessage } from '../../protocol/messages.ts';
import type { LambdaContext, MessageEvent, ProxyResult } from '../events.ts';
import { excerpt, makeLog } from '../log.ts';

const log = makeLog('message');

export async function handler(event: MessageEvent, context: LambdaContext): Promise<ProxyResult> {
  log.begin(context);
  return { statusCode: 200, body: formatMessage(answer(event)) };
}

function answer({ body, requestContext }: MessageEvent): ServerMessage {
  const { connectionId, requestTimeEpoch: receivedAt } = requestContext;
  const message = parseClientMessage(body);
  if (message.action === 'sync') {
    const { clientSentAt } = message;
    return { type: 'sync', clientSentAt, serverReceivedAt: receivedAt, serverSentAt: Date.now() };
  }

  const bytes = Buffer.byteLength(body);
  log.info('a viewer sent a message', { connectionId, bytes, text: excerpt(body) });
  const received = { type: 'received', connectionId, receivedAt, bytes } as const;
  return message.action === 'invalid' ? { ...received, error: message.error } : received;
}
