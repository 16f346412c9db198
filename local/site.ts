// The page, as S3 and CloudFront would serve it: built by Vite, then plain files.

import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { build } from 'vite';

const WEB_FOLDER = fileURLToPath(new URL('../web', import.meta.url));

export interface Site {
  readonly listener: RequestListener;
  dispose(): Promise<void>;
}

/** Builds the page into a folder of its own, so that several can run at once. */
export async function startSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-site-'));
  await build({ root: WEB_FOLDER, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  const serve = sirv(folder, { etag: true });
  return {
    listener: (request, response) =>
      serve(request, response, () => {
        response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('Not found\n');
      }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
