// Serves the page like S3 and CloudFront. The files are read from `dist/page` when the platform starts, and served from
// memory.

import { readdir, readFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withSockets } from '../protocol/page-sockets.ts';
import {
  cacheControl,
  contentSecurityPolicy,
  contentType,
  ELEMENT_FILE,
  ELEMENT_HEADERS,
  SECURITY_HEADERS,
} from '../protocol/response-headers.ts';

const PAGE = '/index.html';
const PAGE_FOLDER = fileURLToPath(new URL('../dist/page', import.meta.url));

/** @param sockets WebSocket URLs for the page, the preferred one first. @default - the socket of this server
 *  @returns a handler that serves the page and its assets, and answers 404 to all other requests
 *  @throws Error if the page is not built */
export async function makeSite(sockets?: readonly string[]): Promise<RequestListener> {
  const entries = await readdir(PAGE_FOLDER, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const files = new Map<string, Buffer>();
  for (const path of paths) {
    files.set(`/${relative(PAGE_FOLDER, path).replaceAll('\\', '/')}`, await readFile(path));
  }
  const page = files.get(PAGE);
  if (sockets !== undefined && page !== undefined) files.set(PAGE, Buffer.from(withSockets(page.toString(), sockets)));
  const origins = sockets?.filter((socket) => URL.canParse(socket)).map((socket) => new URL(socket).origin) ?? [];
  const headersOfAll = { ...SECURITY_HEADERS, 'content-security-policy': contentSecurityPolicy(origins) };

  return ({ method, url = '/' }, response) => {
    const [path = '/'] = url.split('?', 1);
    const name = path === '/' ? PAGE : path;
    const body = method === 'GET' || method === 'HEAD' ? files.get(name) : undefined;
    if (body === undefined) {
      response.writeHead(404, { ...headersOfAll, 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
      return;
    }
    response.writeHead(200, {
      ...headersOfAll,
      ...(name === `/${ELEMENT_FILE}` && ELEMENT_HEADERS),
      'content-type': contentType(name),
      'content-length': body.length,
      'cache-control': cacheControl(name.slice(1)),
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}
