import { build, defineConfig, type Plugin } from 'vite';
import { ELEMENT_FILE } from '../protocol/response-headers.ts';

const target = 'es2022';

/** Builds the custom element as one file next to the page. It must not need other files, because caches keep it longer
 *  than the bucket keeps the assets of a release. */
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
          // Vite does not remove white space in libraries.
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
  // The page may be in a folder: in an emulator of S3 its path begins with the name of the bucket.
  base: './',
  // Every asset is a file, because the Content-Security-Policy does not allow data: URLs.
  build: { target, assetsInlineLimit: 0 },
  plugins: [elementScript()],
});
