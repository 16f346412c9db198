// Starts a real browser for the page tests, if possible without an installation. It tries in this order:
//
//   1. the program at BROWSER_PATH, and no other if this is set
//   2. on Linux x64, the Chromium of the npm package @sparticuz/chromium, so that CI always uses the same browser
//   3. an installed Chrome, an installed Edge, or a browser from `playwright install`

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/tickcast/', import.meta.url));

/** @throws AggregateError if no browser starts; its message says what to install */
export async function launchBrowser(): Promise<Browser> {
  const errors: unknown[] = [];
  for (const options of await candidates()) {
    try {
      return await chromium.launch(options);
    } catch (error) {
      errors.push(error);
    }
  }
  throw new AggregateError(errors, 'no browser could be started: install Chrome, or set BROWSER_PATH to a Chromium');
}

async function candidates(): Promise<LaunchOptions[]> {
  if (process.env.BROWSER_PATH) return [{ executablePath: process.env.BROWSER_PATH }];
  const isBundled = process.platform === 'linux' && process.arch === 'x64';
  return [...(isBundled ? [await bundledChromium()] : []), { channel: 'chrome' }, { channel: 'msedge' }, {}];
}

/** Runs without root and without desktop libraries, because the package contains the libraries that it needs. */
async function bundledChromium(): Promise<LaunchOptions> {
  const folder = await unpackOnce();
  return {
    executablePath: join(folder, 'chromium'),
    args: ['--no-sandbox', '--no-zygote', '--headless=shell', '--disable-background-networking'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
}

/** Unpacks into a temporary folder and renames it, so that another process never starts an incomplete browser. */
async function unpackOnce(): Promise<string> {
  const manifest = new URL('../package.json', import.meta.resolve('@sparticuz/chromium'));
  const { version } = JSON.parse(await readFile(manifest, 'utf8'));
  const folder = join(CACHE, `chromium-${version}`);
  if (existsSync(folder)) return folder;

  await mkdir(CACHE, { recursive: true });
  const unpacking = await mkdtemp(`${folder}-`);
  const script = fileURLToPath(new URL('./unpack-chromium.mjs', import.meta.url));
  await promisify(execFile)(process.execPath, [script], { env: { ...process.env, TMPDIR: unpacking } });
  await writeFile(join(unpacking, 'fonts.conf'), fontConfiguration(folder));
  await rename(unpacking, folder).catch(async (error) => {
    if (!existsSync(folder)) throw error;
    await rm(unpacking, { recursive: true });
  });
  return folder;
}

/** Adds the font of the package for systems without fonts: there, text would have no height. */
function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fontconfig</cachedir>
</fontconfig>
`;
}
