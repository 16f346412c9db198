// WebKitGTK's MiniBrowser on a virtual screen, over WebDriver (https://www.w3.org/TR/webdriver2/).
// On Debian: `apt-get install webkit2gtk-driver xvfb`.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { BrowserKind, BrowserPage, Size } from './browser-port.ts';
import { findProgram } from './find-program.ts';

const DRIVER = 'WebKitWebDriver';
const SCREEN = 'Xvfb';
/** Debian installs MiniBrowser below this folder, by architecture and version. */
const LIBRARIES = '/usr/lib';
/** WebDriver's key for the reference of an element in JSON. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export const webkit: BrowserKind = {
  name: 'WebKit',
  roundsClocks: false,
  missing() {
    const absent = [DRIVER, SCREEN].filter((name) => findProgram([name]) === undefined);
    if (miniBrowser() === undefined) absent.push('MiniBrowser');
    return absent.length > 0 ? `not installed: ${absent.join(', ')}` : undefined;
  },
  async start({ isDark = false } = {}) {
    const screen = spawn(SCREEN, ['-displayfd', '3', '-screen', '0', '1600x1200x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const [display] = await once(screen.stdio[3] as Readable, 'data');
    const port = await freePort();
    const driver = spawn(DRIVER, [`--port=${port}`, '--host=127.0.0.1'], {
      stdio: 'ignore',
      env: {
        ...process.env,
        DISPLAY: `:${String(display).trim()}`,
        LANG: 'en_US.UTF-8',
        GTK_THEME: isDark ? 'Adwaita:dark' : 'Adwaita',
        // There may be no graphics card.
        WEBKIT_DISABLE_COMPOSITING_MODE: '1',
      },
    });
    const session = await openSession(`http://127.0.0.1:${port}`);
    return {
      open: (size) => openPage(session, size),
      async close() {
        await session('DELETE', '');
        for (const process of [driver, screen]) await end(process);
      },
    };
  },
};

/** Sends a WebDriver command of the session. @returns the value of the answer */
type Session = <T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<T>;

async function openSession(driverUrl: string): Promise<Session> {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(driverUrl + path, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await response.json()) as { value: never };
    if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  };
  await waitUntilReady(() => call('GET', '/status'));
  const { sessionId } = await call('POST', '/session', {
    capabilities: {
      alwaysMatch: { 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] } },
    },
  });
  return (method, path, body) => call(method, `/session/${sessionId}${path}`, body);
}

/** The browser has one window. Pages use it one after another. */
async function openPage(session: Session, size: Size): Promise<BrowserPage> {
  const page: BrowserPage = {
    goto: (url) => session('POST', '/url', { url }),
    async resize({ width, height }) {
      await session('POST', '/window/rect', { x: 0, y: 0, width, height });
      // The window's height includes its bars. The viewport's height does not.
      const bars = await page.evaluate<number>(`${height} - innerHeight`);
      await session('POST', '/window/rect', { x: 0, y: 0, width, height: height + bars });
    },
    async evaluate(expression) {
      const script = `const done = arguments[0];
        (async () => (${expression}))().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await session<{ value: never; error?: string }>('POST', '/execute/async', {
        script,
        args: [],
      });
      if (error !== undefined) throw new Error(`${error} in ${expression}`);
      return value;
    },
    async click(selector) {
      const found = await session<{ [ELEMENT]: string }>('POST', '/element', {
        using: 'css selector',
        value: selector,
      });
      await session('POST', `/element/${found[ELEMENT]}/click`, {});
    },
    screenshot: async (path) => writeFile(path, Buffer.from(await session<string>('GET', '/screenshot'), 'base64')),
    close: () => session('POST', '/url', { url: 'about:blank' }),
  };
  await page.goto('about:blank');
  await page.resize(size);
  return page;
}

function miniBrowser(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined;
  const folders = readdirSync(LIBRARIES).flatMap((machine) =>
    ['webkit2gtk-4.1', 'webkit2gtk-4.0'].map((version) => join(LIBRARIES, machine, version, 'MiniBrowser')),
  );
  return folders.find((path) => existsSync(path));
}

async function waitUntilReady(call: () => Promise<unknown>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await call();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function end(process: ChildProcess): Promise<void> {
  const exited = once(process, 'exit');
  process.kill();
  await exited;
}
