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
