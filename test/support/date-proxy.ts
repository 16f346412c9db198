// An HTTP proxy that changes the `Date` of each answer, to simulate a service whose clock is wrong.

import { once } from 'node:events';
import { createServer, request as sendRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** Stops with the test.
 *  @param target URL of the service, with its path
 *  @param aheadMillis added to each `Date`
 *  @returns URL of the service through the proxy */
export async function startDateProxy(
  t: Pick<TestContext, 'after'>,
  target: string,
  aheadMillis: number,
): Promise<string> {
  const { hostname, port, pathname } = new URL(target);
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request;
    const onward = sendRequest({ hostname, port, method, path, headers }, (answer) => {
      const { date = '', ...others } = answer.headers;
      const moved = new Date(Date.parse(date) + aheadMillis).toUTCString();
      response.writeHead(answer.statusCode ?? 500, { ...others, date: moved });
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname === '/' ? '' : pathname}`;
}
