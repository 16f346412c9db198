// The built and served page: its size, its policy and its caching.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { makeSite } from '../../local/site.ts';
import { ELEMENT_FILE, ELEMENT_HEADERS, SECURITY_HEADERS } from '../../protocol/response-headers.ts';

const MAX_PAGE_GZIP_BYTES = 42 * 1024;
const MAX_ELEMENT_GZIP_BYTES = 9 * 1024;

describe('the site', () => {
  let server: Server;
  let origin: string;
  let html: string;
  /** All paths that the files of the page contain. */
  const files = new Map<string, { readonly text: string; readonly headers: Headers }>();

  before(async () => {
    server = createServer(await makeSite()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    html = await read('/');
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  async function read(path: string): Promise<string> {
    const response = await fetch(origin + path);
    assert.equal(response.status, 200, path);
    const text = await response.text();
    files.set(path, { text, headers: response.headers });
    for (const [named] of text.matchAll(/\/?assets\/[\w.-]+\.(js|css|svg)/g)) {
      const next = named.startsWith('/') ? named : `/${named}`;
      if (!files.has(next)) await read(next);
    }
    for (const [, named = ''] of text.matchAll(/["'`]\.\/([\w.-]+\.js)["'`]/g)) {
      if (!files.has(`/assets/${named}`)) await read(`/assets/${named}`);
    }
    return text;
  }

  it('has less than 42 KB in total, compressed', (t) => {
    const sizes = [...files].map(([path, { text }]) => [path, gzipSync(text, { level: 9 }).length] as const);
    const sum = sizes.reduce((total, [, bytes]) => total + bytes, 0);

    t.diagnostic(`${JSON.stringify(Object.fromEntries(sizes))}, together ${sum}`);
    const kinds = [...files.keys()].map((path) => path.split('.').pop());
    assert.deepEqual([...new Set(kinds)].sort(), ['/', 'css', 'js', 'svg']);
    assert.ok(sum < MAX_PAGE_GZIP_BYTES, `${sum} bytes`);
  });

  it('has neither scripts nor styles in its HTML, and every file from its own origin', () => {
    assert.doesNotMatch(html, /<style|<script(?![^>]* src="\.\/assets\/)|\sstyle=|\son[a-z]+=|https?:|javascript:/);
  });

  it('sends the same policy with every answer', async () => {
    const missing = await fetch(`${origin}/nothing`);
    assert.equal(missing.status, 404);

    for (const headers of [...files.values()].map((file) => file.headers).concat(missing.headers)) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) assert.equal(headers.get(name), value);
    }
    const policy = SECURITY_HEADERS['content-security-policy'];
    assert.match(policy, /^default-src 'none';/);
    assert.doesNotMatch(policy, /unsafe|\*|data:|https?:/);
  });

  it('writes the URLs of other cells into the page, and allows connections only to them', async (t) => {
    const other = createServer(await makeSite(['/websocket', 'ws://localhost:8889/websocket'])).listen(0, '127.0.0.1');
    t.after(() => other.close());
    await once(other, 'listening');
    const page = await fetch(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);

    assert.match(await page.text(), / name="tickcast-socket" content="\/websocket ws:\/\/localhost:8889\/websocket"/);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /; connect-src 'self' ws:\/\/localhost:8889; base-uri 'none';/);
  });

  it('lets browsers cache assets without limit, and makes them revalidate the page', () => {
    for (const [path, { headers }] of files) {
      const kept = path === '/' ? 'no-cache' : 'max-age=31536000, immutable';
      assert.equal(headers.get('cache-control'), kept, path);
    }
  });

  it('has the custom element in one small file with a fixed name, for pages of any origin', async (t) => {
    const response = await fetch(`${origin}/${ELEMENT_FILE}`);
    const script = await response.text();

    assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'max-age=300');
    for (const [name, value] of Object.entries(ELEMENT_HEADERS)) assert.equal(response.headers.get(name), value);
    assert.match(script, /tick-cast-clock/);
    assert.doesNotMatch(script, /\bimport\s*[({"'*]|\bfrom\s*["']/);
    const { length } = gzipSync(script, { level: 9 });
    t.diagnostic(`${length} bytes`);
    assert.ok(length < MAX_ELEMENT_GZIP_BYTES, `${length} bytes`);
  });
});
