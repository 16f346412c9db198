// Serves the endpoints of the local platform, like the outputs of a deployed stack, to commands on this machine. Pages
// must not get them: they contain the port of the local DynamoDB, which checks no signatures and answers any page.

import type { IncomingMessage, RequestListener } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from './address.ts';
import type { LocalOutputs } from './deployment.ts';
import { OUTPUTS_PATH } from './deployment.ts';

/** @param otherwise handler of all other requests, also of pages and of other machines */
export function withOutputs(outputs: LocalOutputs, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    if (request.method !== 'GET' || request.url !== OUTPUTS_PATH || !isFromCommand(request)) {
      otherwise(request, response);
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(outputs));
  };
}

/** Returns whether a request is from a program on this machine and not from a page. After DNS rebinding, a page sends
 *  the name of its own site as Host. For a request of a page, browsers send `Sec-Fetch-Site` or `Origin`. */
function isFromCommand({ socket, headers }: IncomingMessage): boolean {
  const isOfPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  return isLoopbackAddress(socket.remoteAddress) && isLoopbackHost(headers.host) && !isOfPage;
}
