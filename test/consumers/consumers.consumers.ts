// The packed client and element in other projects: frameworks, simulated DOMs and other platforms.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { packPackage } from '../support/packed.ts';
import { TestPages } from '../support/test-pages.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('the package in other projects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-consumers-'));
  let platform: LocalPlatform;
  let pages: TestPages;
  let host: Server;
  let hostUrl: string;
  /** Answers of the host by path. */
  const files = new Map<string, { readonly type: string; readonly body: string }>();

  before(async () => {
    const installed = join(import.meta.dirname, 'node_modules/tickcast');
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed);
    const tarball = await packPackage(folder);
    await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);

    host = createServer(({ url = '/' }, response) => {
      const { type, body } = files.get(url) ?? { type: 'text/plain', body: '' };
      response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(body);
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`;
    // The origin of jsdom and happy-dom is http://localhost.
    platform = await startLocal({ allowedOrigins: [hostUrl, 'http://localhost'] });
    pages = await TestPages.start();
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    host?.close();
    await platform?.dispose();
    await pages?.dispose();
  });

  it('has types for the JSX of React, Preact and Solid, for Svelte and for Vue', async () => {
    await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', '.']);
  });

  for (const name of ['jsdom', 'happy-dom']) {
    it(`shows the time, a countdown and an error in ${name}`, async () => {
      const { iso, ...rest } = JSON.parse(
        await run(process.execPath, [join('programs', `${name}.js`), platform.socketUrl]),
      );
      assert.ok(Math.abs(Date.now() - Date.parse(iso)) < 10_000, iso);
      assert.deepEqual(rest, {
        states: ['open'],
        end: '00:00:00',
        error: 'until must be a time such as 2027-01-01T00:00:00Z, or milliseconds since 1970, got "soon"',
      });
    });
  }

  for (const [name, program, ...options] of [
    ['Node', '../../node_modules/.bin/node'],
    ['Deno', 'node_modules/.bin/deno', 'run', '--allow-net'],
    ['Bun', 'node_modules/.bin/bun', 'run'],
  ] as const) {
    const isThere = existsSync(join(import.meta.dirname, program));
    it(`works as a client in ${name}`, { skip: !isThere && `${name} could not be installed` }, async () => {
      const output = await run(program, [...options, join('programs', 'client.js'), platform.socketUrl]);
      const { sequences, now, errorBound, state } = JSON.parse(output);
      assert.equal(sequences[1], sequences[0] + 1);
      assert.ok(Math.abs(now - Date.now()) < 10_000 && errorBound < 100 && state === 'closed', output);
    });
  }

  it('hydrates in React StrictMode without a warning, with one connection for each clock', async (t) => {
    bundle('react-server.jsx', 'node');
    const html = await run(process.execPath, [join(folder, 'react-server.mjs'), platform.socketUrl]);
    assert.match(html, /^<tick-cast-clock id="clock" src="[^"]*" format="iso">--:--<\/tick-cast-clock>/);
    const { page, openSockets } = await open(t, 'react.jsx', html.trim());

    await page.locator('#state', { hasText: 'open' }).waitFor();
    await page.locator('#ticks', { hasText: /^[2-9]/ }).waitFor();
    assert.match((await page.locator('#clock time').textContent()) ?? '', /Z$/);
    assert.equal(openSockets.size, 2);
  });

  it('works with Vue bindings', async (t) => {
    const { page } = await open(t, 'vue.js', '');

    await page.locator('#state', { hasText: 'open' }).waitFor();
    await page.locator('#ticks', { hasText: '1' }).waitFor();
    assert.equal(await page.locator('#clock time').textContent(), '00:00:00');
  });

  async function open(t: TestContext, script: string, html: string) {
    files.set(`/${script}`, { type: 'text/javascript', body: bundle(script, 'browser') });
    files.set(`/of-${script}`, {
      type: 'text/html',
      body: `<!doctype html><link rel="icon" href="data:,"><div id="root" data-url="${platform.socketUrl}">${html}</div>
        <script type="module" src="/${script}"></script>`,
    });
    const page = await pages.open(t, 'about:blank');
    const openSockets = new Set<object>();
    page.on('websocket', (socket) => {
      openSockets.add(socket);
      socket.on('close', () => openSockets.delete(socket));
    });
    await page.goto(`${hostUrl}/of-${script}`);
    return { page, openSockets };
  }

  function bundle(script: string, platform: 'node' | 'browser'): string {
    const outfile = join(folder, script.replace(/\.\w+$/, '.mjs'));
    buildSync({
      entryPoints: [join(import.meta.dirname, 'pages', script)],
      bundle: true,
      format: 'esm',
      platform,
      jsx: 'automatic',
      outfile,
      logLevel: 'error',
      // React warns only in development mode.
      define: { 'process.env.NODE_ENV': '"development"', __VUE_OPTIONS_API__: 'true', __VUE_PROD_DEVTOOLS__: 'false' },
      banner:
        platform === 'node'
          ? { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" }
          : {},
    });
    return readFileSync(outfile, 'utf8');
  }
});

async function run(program: string, args: readonly string[], folder = import.meta.dirname): Promise<string> {
  const { stdout } = await promisify(execFile)(program, args, { cwd: folder, timeout: 60_000 });
  return stdout;
}
