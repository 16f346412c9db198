import { build, defineConfig, type Plugin } from 'vite';
import { ELEMENT_FILE } from '../protocol/response-headers.ts';

const target = 'es2022';

/** Puts the custom element beside the page, in one file that needs no other: it is kept by caches longer than the
 *  page's assets are by a bucket. */
function elementScript(): Plugin {
  return {
    name: 'tickcast-element',
    async generateBundle() {
      const result = await build({
        root: import.meta.dirname,
        configFile: false,
        logLevel: 'warn',
        build: {
          target,
          write: false,
          lib: { entry: 'src/element/index.ts', formats: ['es'] },
          // Vite leaves the white space in libraries.
          rolldownOptions: { output: { minify: true } },
        },
      });
      const [chunk, ...more] = [result].flat().flatMap((part) => ('output' in part ? part.output : []));
      if (chunk?.type !== 'chunk' || more.length > 0) throw new TypeError('the custom element is not one file');
      this.emitFile({ type: 'asset', fileName: ELEMENT_FILE, source: chunk.code });
    },
  };
}

export default defineConfig({
  // The page may be in a folder: an emulator of S3 has it below the name of the bucket.
  base: './',
  // Every asset is a file: a strict Content-Security-Policy allows no data: URLs.
  build: { target, assetsInlineLimit: 0 },
  plugins: [elementScript()],
});
