// Pages in one real browser, each in its own context. Script errors, console errors and violations of the
// Content-Security-Policy fail the test.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

export interface PageOptions extends BrowserContextOptions {
  /** A script that runs in the page before the page's own scripts. */
  readonly initScript?: string;
  /** Complaints of the browser that do not fail the test. @default - none */
  readonly allowed?: RegExp;
}

/** Chromium's message when a handshake fails, or when the client sends while the server closes. */
export const LOST_CONNECTION = /^WebSocket connection to .* failed|net::ERR_|already in CLOSING or CLOSED state/;

const TIMEOUT_MILLIS = 15_000;

/** The script as text, so that it runs whatever the policy of the page allows. */
const REPORT_VIOLATIONS = `addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  console.error('violates', violatedDirective, blockedURI));`;

export class TestPages {
  readonly browser: Browser;
  readonly #complaints: string[] = [];
  readonly #contexts = new Map<string, BrowserContext[]>();

  private constructor(browser: Browser) {
    this.browser = browser;
  }

  static async start(): Promise<TestPages> {
    return new TestPages(await launchBrowser());
  }

  /** Opens a page. It is closed when the test ends. */
  async open(t: TestContext, url: string, options: PageOptions = {}): Promise<Page> {
    const { initScript, allowed, ...contextOptions } = options;
    const context = await this.browser.newContext({
      viewport: { width: 1000, height: 860 },
      locale: 'en-US',
      ...contextOptions,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT_MILLIS);
    const complain = (text: string) => {
      if (!allowed?.test(text)) this.#complaints.push(`${t.name}: ${text}`);
    };
    page.on('pageerror', (error) => complain(String(error)));
    page.on('console', (message) => message.type() === 'error' && complain(message.text()));
    this.#contexts.set(t.name, [...(this.#contexts.get(t.name) ?? []), context]);
    t.after(() => this.close(t));
    await page.addInitScript(REPORT_VIOLATIONS);
    if (initScript !== undefined) await page.addInitScript(initScript);
    await page.goto(url);
    return page;
  }

  /** Closes the pages of the test. Used before a test stops their server. */
  async close(t: TestContext): Promise<void> {
    await Promise.all((this.#contexts.get(t.name) ?? []).map((context) => context.close()));
    this.#contexts.delete(t.name);
  }

  /** @throws AssertionError if the browser has complained */
  async dispose(): Promise<void> {
    await this.browser.close();
    assert.deepEqual(this.#complaints, []);
  }
}

/** Returns the text of an element, by its id. */
export async function shown(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).textContent()) ?? '';
}

/** The texts that a page showed during a recording. Times are by this machine's clock, even if the test replaces the
 *  page's `Date.now`. */
export interface Recording {
  readonly changes: readonly { readonly id: string; readonly text: string; readonly atMillis: number }[];
  /** Largest delay of a timer in an empty page of the same browser at the same time. The machine causes it, not the
   *  page. */
  readonly stallMillis: number;
}

/** Records each change of elements, by their ids. @returns a function that ends the recording */
export async function record(page: Page, ...ids: string[]): Promise<() => Promise<Recording>> {
  const every = 20;
  const empty = await page.context().newPage();
  await empty.evaluate(`{
    globalThis.stallMillis = 0;
    let last = performance.now();
    setInterval(() => {
      stallMillis = Math.max(stallMillis, performance.now() - last - ${every});
      last = performance.now();
    }, ${every});
  }`);
  await page.evaluate(`{
    globalThis.changes = [];
    const what = { childList: true, characterData: true, subtree: true };
    for (const id of ${JSON.stringify(ids)}) {
      const element = document.getElementById(id);
      const changed = () => changes.push({ id, text: element.textContent, atMillis: new Date().getTime() });
      new MutationObserver(changed).observe(element, what);
    }
  }`);
  return async () => {
    const changes = await page.evaluate<Recording['changes']>('changes');
    // Once more, for a timer that is late now.
    const afterNext = `new Promise((resolve) => setTimeout(() => resolve(stallMillis), ${2 * every}))`;
    const stallMillis = await empty.evaluate<number>(afterNext);
    await empty.close();
    return { changes, stallMillis };
  };
}

/** Returns the time that the page shows after a while, and the machine's time at the same moment. */
export async function readClock(page: Page, afterMillis = 0): Promise<{ shownMillis: number; atMillis: number }> {
  const { text, atMillis } = await page.evaluate<{ text: string; atMillis: number }>(`new Promise((resolve) => {
    const read = () => resolve({ text: document.getElementById('utc').textContent, atMillis: new Date().getTime() });
    setTimeout(read, ${afterMillis});
  })`);
  return { shownMillis: utcMillis(text), atMillis };
}

/** @param text a second in UTC as the page shows it, for example `2026-11-23 14:05:09` */
export function utcMillis(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** Waits until an element shows at least this number. */
export async function waitForCount(page: Page, id: string, count: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const element = document.getElementById('${id}');
    const look = () => Number(element.textContent) >= ${count} && resolve();
    new MutationObserver(look).observe(element, { childList: true, characterData: true, subtree: true });
    look();
  })`);
}

export async function waitForState(page: Page, state: string, timeout = TIMEOUT_MILLIS): Promise<void> {
  await page.locator(`#state[data-state="${state}"]`).waitFor({ timeout });
}

export function logEntries(page: Page, kind: string) {
  return page.locator(`#log li[data-kind="${kind}"]`);
}

/** Waits until the clock shows another second. @returns that second in UTC, for example `2026-11-23 14:05:09` */
export async function nextSecond(page: Page): Promise<string> {
  const before = await shown(page, 'utc');
  await page
    .locator('#utc')
    .filter({ hasNotText: before || 'nothing' })
    .filter({ hasText: ':' })
    .waitFor();
  return shown(page, 'utc');
}
