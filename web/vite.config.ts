import { defineConfig } from 'vite';

export default defineConfig({
  // Every asset is a file: a strict Content-Security-Policy allows no data: URLs.
  build: { target: 'es2022', assetsInlineLimit: 0 },
});
