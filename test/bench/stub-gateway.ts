// A stub of the @connections API in its own process. It answers each POST at once with an empty 200, over HTTP and over
// TLS. To use little CPU, it looks only for the end of each request.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { makeCertificate } from './certificate.ts';
import { exitWithParent, sendToParent } from './child.ts';

/** The message to the parent when the stub is ready. */
export interface StubGateway {
  readonly endpoints: { readonly http: string; readonly tls: string };
  /** PEM. Clients must trust it to post over TLS. */
  readonly certificate: string;
}

const STAGE = 'prod';
const END_OF_HEAD = '\r\n\r\n';

exitWithParent();
let answer = makeAnswer();
setInterval(() => {
  answer = makeAnswer();
}, 1_000);

const { key, certificate } = makeCertificate();
const http = await listen(createTcpServer({ noDelay: true }, serve));
const tls = await listen(createTlsServer({ key, cert: certificate, noDelay: true }, serve));
sendToParent({
  endpoints: { http: `http://127.0.0.1:${http}/${STAGE}`, tls: `https://127.0.0.1:${tls}/${STAGE}` },
  certificate,
} satisfies StubGateway);

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', 4_096);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** The answer of API Gateway, except that all answers within a second share one request id. */
function makeAnswer(): string {
  return (
    `HTTP/1.1 200 OK\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\nConnection: keep-alive\r\n` +
    `x-amzn-RequestId: ${crypto.randomUUID()}\r\n\r\n`
  );
}

function serve(socket: Socket): void {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text = text === '' ? chunk : text + chunk;
    for (let end = endOfRequest(text); end !== undefined; end = endOfRequest(text)) {
      text = text.slice(end);
      socket.write(answer, 'latin1');
    }
  });
}

/** @returns offset of the end of the first request; undefined while a part of it is missing */
function endOfRequest(text: string): number | undefined {
  const headEnd = text.indexOf(END_OF_HEAD);
  if (headEnd < 0) return undefined;
  const bodyLength = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0);
  const end = headEnd + END_OF_HEAD.length + bodyLength;
  return text.length < end ? undefined : end;
}
