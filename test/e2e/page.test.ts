// The page in a real browser, on the real local platform.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, afterEach, before, describe, it } from 'node:test';
import type { Browser, ConsoleMessage, Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { launchBrowser } from '../support/browser.ts';

const TIMEOUT_MILLIS = 10_000;

describe('the page', () => {
  let site: RequestListener;
  let platform: LocalPlatform;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    [site, browser] = await Promise.all([makeSite(), launchBrowser()]);
    platform = await startLocal({ site });
  });
  after(async () => {
    await browser?.close();
    await platform?.dispose();
  });
  afterEach(async () => {
    await page.context().close();
    assert.deepEqual(complaints.splice(0), [], 'the browser complained of nothing');
  });

  async function open(path = ''): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1000, height: 860 } });
    page = await context.newPage();
    page.setDefaultTimeout(TIMEOUT_MILLIS);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(platform.siteUrl + path);
  }

  const state = () => page.locator('#state').textContent();
  const utc = () => page.locator('#utc').textContent();
  const entries = (kind: string) => page.locator(`#log li[data-kind="${kind}"]`);

  /** Waits until the clock shows another second. */
  async function nextTick(): Promise<string> {
    const shown = await utc();
    await page
      .locator('#utc')
      .filter({ hasNotText: shown ?? '' })
      .waitFor();
    return (await utc()) ?? '';
  }

  it('connects by itself, says hello, and shows the server’s time advance second by second', async () => {
    await open('?id=12');

    await nextTick();
    const [first, second, third] = [await nextTick(), await nextTick(), await nextTick()];

    const seconds = [first, second, third].map((text) => Date.parse(`${text.replace(' ', 'T')}Z`) / 1000);
    assert.deepEqual(seconds, [seconds[0], (seconds[0] ?? 0) + 1, (seconds[0] ?? 0) + 2]);
    const local = await page.locator('#local-time').textContent();
    assert.match(local ?? '', /^\d\d:\d\d:\d\d$/);
    const dateTime = await page.locator('#local-time').getAttribute('datetime');
    assert.equal(dateTime, `${third.replace(' ', 'T')}.000Z`);
    assert.equal(await state(), 'Connected');
    assert.equal(await page.locator('#viewer-id').textContent(), '12');
    assert.equal(await entries('sent').first().textContent(), 'You said: Hello from 12');
    assert.equal(await entries('received').first().textContent(), 'The server received 13 bytes');
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  });

  it('disconnects and connects on the button', async () => {
    await open();
    await nextTick();

    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.locator('#state', { hasText: 'Not connected' }).waitFor();
    const stopped = await utc();
    await entries('state').waitFor();
    assert.match((await entries('state').textContent()) ?? '', /^Connection is closed \(1000/);
    assert.equal(await page.locator('#clock.stale').count(), 1);
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);

    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    assert.notEqual(await nextTick(), stopped);
    assert.equal(await state(), 'Connected');
    assert.equal(await page.locator('#clock.stale').count(), 0);
  });

  it('sends a message and shows its acknowledgement', async () => {
    await open();
    await nextTick();

    await page.getByLabel('Message to the server').fill('Grüße');
    await page.getByRole('button', { name: 'Send' }).click();

    await entries('sent').filter({ hasText: 'You said: Grüße' }).waitFor();
    await entries('received').filter({ hasText: 'The server received 7 bytes' }).waitFor();
    assert.equal(await page.getByLabel('Message to the server').inputValue(), '');
  });

  it('makes up an id when it is given none, another for each page', async () => {
    await open();
    const first = await page.locator('#viewer-id').textContent();
    await page.reload();

    assert.match(first ?? '', /^viewer-[0-9a-f]{8}$/);
    assert.notEqual(await page.locator('#viewer-id').textContent(), first);
  });

  it('shows markup as text, in the id and in messages', async () => {
    const markup = '<img src=x onerror=alert(1)>';
    await open(`?id=${encodeURIComponent(markup)}`);
    await nextTick();

    await page.getByLabel('Message to the server').fill(markup);
    await page.getByRole('button', { name: 'Send' }).click();
    await entries('sent')
      .filter({ hasText: `You said: ${markup}` })
      .waitFor();

    assert.equal(await page.locator('#viewer-id').textContent(), markup);
    assert.equal(await page.locator('img').count(), 0);
  });

  it('keeps the list of messages bounded', async () => {
    await open();
    await nextTick();

    await page.evaluate(`for (let n = 0; n < 300; n++) {
      document.querySelector('#text').value = 'message ' + n;
      document.querySelector('#send').requestSubmit();
    }`);
    await entries('received').last().waitFor();

    assert.equal(await page.locator('#log li').count(), 200);
  });

  it('leaves ticks out of the list when they are not wanted', async () => {
    await open();
    await nextTick();
    const before = await entries('tick').count();
    await page.getByLabel('ticks too').uncheck();

    await nextTick();
    await nextTick();

    assert.ok((await entries('tick').count()) <= before + 1);
  });

  it('says so when the browser has no WebSocket', async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    await page.addInitScript(() => Reflect.deleteProperty(globalThis, 'WebSocket'));
    await page.goto(platform.siteUrl);

    assert.equal(await page.locator('#unsupported').isVisible(), true);
    assert.equal(await page.getByRole('button', { name: 'Connect' }).isDisabled(), true);
  });

  it('shows that the server is leaving', async () => {
    const own = await startLocal({ site });
    const context = await browser.newContext();
    page = await context.newPage();
    await page.goto(own.siteUrl);
    await page.locator('#state', { hasText: 'Connected' }).waitFor();

    await own.dispose();

    await entries('trouble').filter({ hasText: '(1001: the server is shutting down)' }).waitFor();
    await entries('state').filter({ hasText: 'Connection is closed (1001' }).waitFor();
    assert.equal(await state(), 'Not connected');
  });
});
