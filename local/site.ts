// The page, as S3 and CloudFront would serve it: built by Vite when the platform starts, and served from memory.

import type { RequestListener } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { cacheControl, ELEMENT_FILE, ELEMENT_HEADERS, SECURITY_HEADERS } from '../web/response-headers.ts';

const WEB_FOLDER = fileURLToPath(new URL('../web', import.meta.url));

/** Of the files that the build makes. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** @returns what answers the requests for the page and its assets, and 404 to all else */
export async function makeSite(): Promise<RequestListener> {
  const result = await build({ root: WEB_FOLDER, logLevel: 'warn', build: { write: false } });
  if (!('output' in result)) throw new TypeError('the page was built more than once, or is being watched');
  const files = new Map(
    result.output.map((file) => [`/${file.fileName}`, file.type === 'chunk' ? file.code : file.source]),
  );

  return ({ method, url = '/' }, response) => {
    const [path = '/'] = url.split('?', 1);
    const name = path === '/' ? '/index.html' : path;
    const body = method === 'GET' || method === 'HEAD' ? files.get(name) : undefined;
    if (body === undefined) {
      response.writeHead(404, { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
      return;
    }
    response.writeHead(200, {
      ...SECURITY_HEADERS,
      ...(name === `/${ELEMENT_FILE}` && ELEMENT_HEADERS),
      'content-type': CONTENT_TYPES[extname(name)] ?? 'application/octet-stream',
      'content-length': Buffer.byteLength(body),
      'cache-control': cacheControl(name.slice(1)),
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}
