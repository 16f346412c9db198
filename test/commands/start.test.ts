// Runs `npm start` as a user does, in a separate process, and checks its output and exit code.

import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TestViewer } from '../support/test-viewer.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the program. It ends with the test. */
function start(t: TestContext, ...args: string[]) {
  return startProcess(t, process.execPath, 'commands/index.js', 'start', ...args);
}

function startProcess(t: TestContext, command: string, ...args: string[]) {
  const child = spawn(command, args, { cwd: PROJECT });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  return child;
}

async function urlOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  for await (const line of createInterface(child.stdout)) {
    const match = /^Tickcast is running at (http:\/\/localhost:\d+\/) .*$/.exec(line);
    if (match?.[1]) return match[1];
  }
  throw new Error('no line had the URL');
}

/** @returns the URLs of both pages */
async function startCells(t: TestContext, host: string): Promise<[URL, URL]> {
  // Uses ports below the range from which systems assign free ports. Another program may still use one of the two.
  for (let port = 20_000 + (process.pid % 10_000); ; port += 2) {
    const child = start(t, '--cells', '2', '--port', String(port), '--host', host);
    const ended = end(child);
    const urls: URL[] = [];
    for await (const line of createInterface(child.stdout)) {
      urls.push(new URL(/http:\S+/.exec(line)?.[0] ?? assert.fail(line)));
      const [first, second] = urls;
      if (first !== undefined && second !== undefined) return [first, second];
    }
    assert.match((await ended).stderr, /port \d+ on \S+ is taken/);
  }
}

async function end(child: ChildProcessWithoutNullStreams): Promise<{ code: number; stderr: string }> {
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stderr };
}

function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

describe('npm start', () => {
  it('prints one line with the page’s URL and serves page and socket there', async (t) => {
    const child = start(t, '--port', '0');
    const url = await urlOf(child);

    const page = await fetch(url);
    const missing = await fetch(new URL('/nothing', url));
    const viewer = await TestViewer.connect(`${url.replace('http', 'ws')}websocket?id=12`);

    assert.match(await page.text(), /<title>Tickcast<\/title>/);
    assert.equal(missing.status, 404);
    assert.equal((await viewer.message('tick')).intervalMillis, 1000);
  });

  it('ticks at the interval that --interval sets', async (t) => {
    const child = start(t, '--port', '0', '--interval', '2');
    const viewer = await TestViewer.connect(`${(await urlOf(child)).replace('http', 'ws')}websocket`);

    const [first, second] = await viewer.waitForTicks(2);

    assert.equal(first?.intervalMillis, 2000);
    assert.equal(Date.parse(second?.time ?? '') - Date.parse(first?.time ?? ''), 2000);
  });

  for (const host of ['localhost', '127.0.0.1']) {
    it(`runs two cells that know each other at ${host}`, async (t) => {
      const [first, second] = await startCells(t, host);
      const other = ({ port }: URL) => `ws://${host}:${port}/websocket`;

      for (const [own, next] of [
        [first, second],
        [second, first],
      ] as const) {
        const page = await fetch(own);
        assert.ok((await page.text()).includes(`name="tickcast-socket" content="/websocket ${other(next)}"`));
        const policy = page.headers.get('content-security-policy');
        assert.ok(policy?.includes(`connect-src 'self' ws://${host}:${next.port};`));
        const viewer = await TestViewer.connect(other(next), [], { origin: own.origin });
        await viewer.message('tick');
      }
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`sends a closing notice on ${signal}, closes with 1001 and exits within two seconds`, async (t) => {
      const child = start(t, '--port', '0');
      const url = await urlOf(child);
      const viewer = await TestViewer.connect(`${url.replace('http', 'ws')}websocket`);
      await viewer.message('tick');

      const startMillis = Date.now();
      child.kill(signal);
      const { code } = await end(child);

      assert.equal(code, 0);
      assert.ok(Date.now() - startMillis < 2_000);
      assert.deepEqual(await viewer.message('closing'), {
        type: 'closing',
        code: 1001,
        reason: 'the server is shutting down',
      });
      assert.equal((await viewer.closed).code, 1001);
      await assert.rejects(fetch(url));
    });
  }

  it('exits when npm is killed, although npm’s shell does not pass the signal on', async (t) => {
    const npm = startProcess(t, 'npm', 'start', '--', '--port', '0');
    const url = await urlOf(npm);
    const viewer = await TestViewer.connect(`${url.replace('http', 'ws')}websocket`);

    npm.kill('SIGTERM');

    assert.equal((await viewer.closed).code, 1001);
    await viewer.message('closing');
    // The orphan's port is the only sign of its end.
    while (await isListening(url)) await sleep(20);
  });

  it('prints one line if the port is taken, and exits with 1', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const { port } = other.address() as AddressInfo;

    const { code, stderr } = await end(start(t, '--port', String(port)));

    assert.equal(code, 1);
    assert.equal(
      stderr,
      `start: port ${port} on localhost is taken; choose another with --port, or 0 for any free one\n`,
    );
  });

  it('prints one line for a wrong option, and exits with 2', async (t) => {
    const { code, stderr } = await end(start(t, '--interval', 'fast'));

    assert.equal(code, 2);
    assert.equal(
      stderr,
      'start: --interval must be a whole number of seconds from 1 to 60, got "fast" (see npm start -- --help)\n',
    );
  });

  it('prints that it needs Node 24 if Node is older', async (t) => {
    const pretend = './test/commands/fixtures/pretend-node-20.mjs';
    const child = startProcess(t, process.execPath, '--import', pretend, 'commands/index.js', 'start');

    const { code, stderr } = await end(child);

    assert.equal(code, 1);
    assert.match(stderr, /^Tickcast needs Node 24 or newer to run, and this is v20\.20\.2 \(.+\)\. .+\n$/);
  });
});
