// Requests that offer an upgrade which nobody takes, such as the one to HTTP/2 that some clients always offer.

import { type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';

/** Whether the upgrade is one to WebSocket. */
export function isWebSocketUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/** Answers as if no upgrade had been offered (RFC 9110, section 7.8), and ends the connection. */
export function answerWithoutUpgrade(request: IncomingMessage, answer: RequestListener): void {
  const { socket } = request;
  socket.on('error', () => {});
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  answer(request, response);
}
