// The page with the custom element, by Vite. web/vite.config.ts says how.

import { join } from 'node:path';
import { build } from 'vite';

/** @param projectFolder absolute
 *  @returns contents by path, such as `index.html` */
export async function buildPage(projectFolder: string): Promise<Map<string, Uint8Array>> {
  const root = join(projectFolder, 'web');
  const result = await build({ root, logLevel: 'warn', build: { write: false } });
  if (!('output' in result)) throw new TypeError('Vite built the page more than once, or watches it');
  const contentOf = (content: string | Uint8Array) => (typeof content === 'string' ? Buffer.from(content) : content);
  return new Map(
    result.output.map((file) => [file.fileName, contentOf(file.type === 'chunk' ? file.code : file.source)]),
  );
}
