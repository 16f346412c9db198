// Where the parts of the local platform are reached, as a stack's outputs tell of a deployed one: for the operator's commands
// on this machine, and for no page. DynamoDB's stand-in, whose port this tells, checks no signature and answers any page.

import type { IncomingMessage, RequestListener } from 'node:http';
import { isLoopbackAddress, isLoopbackHost } from './address.ts';
import type { LocalOutputs } from './deployment.ts';
import { OUTPUTS_PATH } from './deployment.ts';

/** @param otherwise answers everything else, and whoever is not to know that there is something */
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

/** From this machine, by its own name, and not from a page: a page of another site that has its name resolved to 127.0.0.1 (DNS
 *  rebinding) sends its own name as Host, and browsers say in `Sec-Fetch-Site` or `Origin` that a page asks. */
function isFromCommand({ socket, headers }: IncomingMessage): boolean {
  const isOfPage = headers.origin !== undefined || headers['sec-fetch-site'] !== undefined;
  return isLoopbackAddress(socket.remoteAddress) && isLoopbackHost(headers.host) && !isOfPage;
}
