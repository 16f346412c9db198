// Pages in one real browser, each in a context of its own. What the browser complains of fails the test: errors of scripts and of the
// console, and violations of the Content-Security-Policy.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from './browser.ts';

export interface PageOptions extends BrowserContextOptions {
  /** A script that runs in the page before its own. */
  readonly initScript?: string;
  /** What the browser may complain of. @default nothing */
  readonly allowed?: RegExp;
}

/** What Chromium says when a handshake fails, or the client sends while the server closes. */
export const LOST_CONNECTION = /^WebSocket connection to .* failed|net::ERR_|already in CLOSING or CLOSED state/;

const TIMEOUT_MILLIS = 15_000;

/** Text, so that it is said whatever the page's own policy allows. */
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

  /** The page is closed when the test ends. */
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

  /** Closes the test's pages, for a test that stops their server afterwards. */
  async close(t: TestContext): Promise<void> {
    await Promise.all((this.#contexts.get(t.name) ?? []).map((context) => context.close()));
    this.#contexts.delete(t.name);
  }

  /** @throws AssertionError when the browser complained of anything */
  async dispose(): Promise<void> {
    await this.browser.close();
    assert.deepEqual(this.#complaints, []);
  }
}

/** What the page shows as text, by the element's id. */
export async function shown(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).textContent()) ?? '';
}

/** What a page showed for a while. Moments are by this machine's clock, whatever a test made of the page's `Date.now`. */
export interface Recording {
  readonly changes: readonly { readonly id: string; readonly text: string; readonly atMillis: number }[];
  /** How late the timers of an empty page were at worst, meanwhile and in the same browser: the machine's doing, not the page's. */
  readonly stallMillis: number;
}

/** Records each change of elements, by their ids. @returns ends it */
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
    // Once more, for what is late now.
    const afterNext = `new Promise((resolve) => setTimeout(() => resolve(stallMillis), ${2 * every}))`;
    const stallMillis = await empty.evaluate<number>(afterNext);
    await empty.close();
    return { changes, stallMillis };
  };
}

/** What the page shows as the time after a while, and the machine's own time at the same moment. */
export async function readClock(page: Page, afterMillis = 0): Promise<{ shownMillis: number; atMillis: number }> {
  const { text, atMillis } = await page.evaluate<{ text: string; atMillis: number }>(`new Promise((resolve) => {
    const read = () => resolve({ text: document.getElementById('utc').textContent, atMillis: new Date().getTime() });
    setTimeout(read, ${afterMillis});
  })`);
  return { shownMillis: utcMillis(text), atMillis };
}

/** @param text a second in UTC as the page shows it, such as `2026-11-23 14:05:09` */
export function utcMillis(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** Waits until an element shows a number of at least that. */
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

/** Waits until the clock shows another second. @returns that second in UTC, such as `2026-11-23 14:05:09` */
export async function nextSecond(page: Page): Promise<string> {
  const before = await shown(page, 'utc');
  await page
    .locator('#utc')
    .filter({ hasNotText: before || 'nothing' })
    .filter({ hasText: ':' })
    .waitFor();
  return shown(page, 'utc');
}
