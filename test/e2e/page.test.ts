// The page in a real browser, on the real local platform.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import {
  logEntries,
  nextSecond,
  readClock,
  record,
  shown,
  TestPages,
  utcMillis,
  waitForCount,
  waitForState,
} from '../support/test-pages.ts';

/** Tolerance for late timers of a busy machine. */
const LATE_MILLIS = 300;

describe('the page', { concurrency: 5 }, () => {
  let platform: LocalPlatform;
  let pages: TestPages;

  before(async () => {
    const [site, started] = await Promise.all([makeSite(), TestPages.start()]);
    pages = started;
    platform = await startLocal({ site });
  });
  after(async () => {
    await platform?.dispose();
    await pages?.dispose();
  });

  it('connects on load, sends a greeting, and shows the server’s time', async (t) => {
    const options = { viewport: { width: 1280, height: 900 }, timezoneId: 'Europe/Berlin' };
    const page = await pages.open(t, `${platform.siteUrl}?id=12`, options);
    await waitForState(page, 'open');
    await nextSecond(page);

    assert.match(await shown(page, 'local-time'), /^\d{1,2}:\d\d:\d\d [AP]M$/);
    const [utc, datetime] = await page.evaluate<[string, string]>(
      `['utc', 'local-time'].map((id) => document.getElementById(id)).map((time) => time.dateTime || time.textContent)`,
    );
    assert.equal(datetime, `${utc.replace(' ', 'T')}.000Z`);
    assert.equal(await shown(page, 'state'), 'Live');
    assert.equal(await shown(page, 'viewer-id'), '12');
    assert.equal(await logEntries(page, 'sent').first().textContent(), 'You said: Hello from 12');
    assert.equal(await logEntries(page, 'received').first().textContent(), 'The server received 13 bytes');
    await logEntries(page, 'tick').nth(2).waitFor();
    await page.locator('#last-tick', { hasText: /^Last tick [01] s ago$/ }).waitFor();
    assert.match(await shown(page, 'tick-age'), /^\d+ ms$/);
    assert.match(await shown(page, 'round-trip'), /^\d+ ms$/);
    assert.equal(await page.locator('#chart canvas').count(), 1);
    if (process.env.SCREENSHOT) {
      await logEntries(page, 'tick').nth(30).waitFor({ timeout: 40_000 });
      await page.screenshot({ path: process.env.SCREENSHOT, fullPage: true });
    }
  });

  it('starts each second together with the server, within its error bound', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    await waitForState(page, 'open');
    await page.locator('#clock-error', { hasText: /right, ± \d\d? ms/ }).waitFor();

    // Page and server are on the same machine, so its clock is the server's.
    let bound = boundOf(await shown(page, 'clock-error'));
    const recorded = await record(page, 'utc', 'clock-error');
    for (let n = 0; n < 5; n++) await nextSecond(page);
    const { changes, stallMillis } = await recorded();

    let last: number | undefined;
    let seconds = 0;
    for (const { id, text, atMillis } of changes) {
      if (id === 'clock-error') {
        bound = Math.max(bound, boundOf(text));
        continue;
      }
      const second = utcMillis(text);
      const lateness = atMillis - second;
      assert.ok(lateness >= -bound - 1, `early: ${lateness} ms, ± ${bound} ms`);
      assert.ok(
        lateness <= bound + stallMillis + LATE_MILLIS,
        `late: ${lateness} ms, ± ${bound} ms, ${stallMillis} ms`,
      );
      assert.ok(second - (last ?? second - 1_000) <= 1_000 + stallMillis, `${text} follows ${last}`);
      last = second;
      seconds++;
    }
    assert.ok(seconds >= 5, `${seconds} seconds`);
  });

  for (const [name, shift, text] of [
    ['fast', 1_300, /^Your clock is 1\.3 s fast, ± \d\d? ms$/],
    ['slow', -5_400_000, /^Your clock is 90\.0 min slow, ± \d\d? ms$/],
  ] as const) {
    it(`shows that a computer’s clock is ${name}, and shows the right time`, async (t) => {
      const initScript = `{ const now = Date.now; Date.now = () => now() + ${shift}; }`;
      const page = await pages.open(t, platform.siteUrl, { initScript });
      await page.locator('#clock-error', { hasText: text }).waitFor();

      const recorded = await record(page);
      await nextSecond(page);
      const bound = boundOf(await shown(page, 'clock-error'));
      const { shownMillis, atMillis } = await readClock(page);
      const { stallMillis } = await recorded();
      const lateness = atMillis - shownMillis;
      assert.ok(lateness >= -bound - 1, `early: ${lateness} ms, ± ${bound} ms`);
      assert.ok(lateness < 1_000 + stallMillis + LATE_MILLIS, `late: ${lateness} ms, ${stallMillis} ms`);
    });
  }

  it('disconnects and connects on the button', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    await logEntries(page, 'tick').first().waitFor();

    await page.getByRole('button', { name: 'Disconnect' }).click();
    await waitForState(page, 'closed');
    assert.equal(await shown(page, 'state'), 'Not connected');
    assert.equal(await logEntries(page, 'state').textContent(), 'Connection closed (1000)');
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    const ticks = await shown(page, 'ticks');
    // The time continues without a connection.
    await nextSecond(page);
    await nextSecond(page);
    assert.equal(await shown(page, 'ticks'), ticks);

    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await waitForState(page, 'open');
    await page.locator('#ticks').filter({ hasNotText: ticks }).waitFor();
  });

  it('sends a message and shows its acknowledgement', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    await waitForState(page, 'open');

    await page.getByLabel('Message to the server').fill('Grüße');
    await page.keyboard.press('Enter');

    await logEntries(page, 'sent').filter({ hasText: 'You said: Grüße' }).waitFor();
    await logEntries(page, 'received').filter({ hasText: 'The server received 7 bytes' }).waitFor();
    assert.equal(await page.getByLabel('Message to the server').inputValue(), '');
  });

  it('generates a new id for each page without ?id=', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    const first = await shown(page, 'viewer-id');
    await page.reload();

    assert.match(first, /^viewer-[0-9a-f]{8}$/);
    assert.notEqual(await shown(page, 'viewer-id'), first);
  });

  it('does not list ticks if the user has disabled them', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    await logEntries(page, 'tick').first().waitFor();
    await page.getByLabel('Show ticks').uncheck();
    const [ticks, listed] = [await shown(page, 'ticks'), await logEntries(page, 'tick').count()];

    await waitForCount(page, 'ticks', Number(ticks) + 2);

    assert.ok((await logEntries(page, 'tick').count()) <= listed + 1);
  });

  it('shows an error if the browser has no WebSocket', async (t) => {
    const initScript = 'Reflect.deleteProperty(globalThis, "WebSocket")';
    const page = await pages.open(t, platform.siteUrl, { initScript });

    assert.equal(await page.locator('#unsupported').isVisible(), true);
    assert.equal(await page.getByRole('button', { name: 'Connect' }).isDisabled(), true);
  });

  it('counts down by the server’s clock, and announces the end', async (t) => {
    // Time that a busy machine may need to open the page.
    const until = Math.ceil(Date.now() / 1000) * 1000 + 8_000;
    const initScript = '{ const now = Date.now; Date.now = () => now() + 3_600_000; }';
    const page = await pages.open(t, `${platform.siteUrl}?until=${until}`, { initScript });
    await page.locator('#countdown-time', { hasText: /^\d\d:/ }).waitFor();
    assert.match(await shown(page, 'countdown-title'), /^Until /);
    await page.locator('#clock-error', { hasText: /± \d\d? ms/ }).waitFor();
    const bound = boundOf(await shown(page, 'clock-error'));
    const recorded = await record(page, 'countdown-time');
    await page.locator('#countdown-title', { hasText: /^Since / }).waitFor();
    const { changes, stallMillis } = await recorded();

    const shownThen = changes.filter(({ atMillis }) => atMillis < until + 900);
    assert.equal(shownThen.at(-1)?.text, '00:00:00');
    assert.ok(shownThen.length > 2, `the page took too long to open: ${JSON.stringify(changes)}`);
    for (const { text, atMillis } of shownThen) {
      const lateness = atMillis - (until - Number(text.slice(-2)) * 1000);
      assert.ok(lateness > -bound - 1, `${text} early: ${lateness} ms, ± ${bound} ms`);
      assert.ok(lateness < bound + stallMillis + LATE_MILLIS, `${text} late: ${lateness} ms, ${stallMillis} ms`);
    }
    assert.equal(await shown(page, 'announcement'), 'It is time');
  });

  it('copies a link to the countdown, without the viewer’s id', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?id=12&until=2099-01-01T00:00:00Z`, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });

    await page.getByRole('button', { name: 'Copy link' }).click();

    await page.locator('#announcement', { hasText: 'Link copied' }).waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    assert.equal(copied, `${platform.siteUrl}?until=2099-01-01T00%3A00%3A00Z`);
    await page.locator('#countdown-days', { hasText: `${daysUntil('2099-01-01T00:00:00Z')} days` }).waitFor();
  });

  it('is in Chinese if the browser prefers it, and changes language without a new connection', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?id=12`, { locale: 'zh-CN', timezoneId: 'Asia/Shanghai' });
    await waitForState(page, 'open');
    assert.deepEqual(await languageOf(page), { lang: 'zh-Hans', state: '实时', title: '消息' });
    await page.locator('#clock-error', { hasText: /^您的时钟准确（±\d+ 毫秒）$/ }).waitFor();
    assert.match(await shown(page, 'local-date'), /^\d+年\d+月\d+日星期.*Asia\/Shanghai$/);

    await page.getByRole('button', { name: 'English' }).click();
    assert.deepEqual(await languageOf(page), { lang: 'en', state: 'Live', title: 'Messages' });
    assert.equal(page.url(), `${platform.siteUrl}?id=12&lang=en`);
    await logEntries(page, 'sent').first().waitFor();
    assert.equal(await logEntries(page, 'sent').count(), 1, 'it has greeted once');

    await page.reload();
    assert.equal((await languageOf(page)).lang, 'en');
  });

  it('shows the time without a chart if the browser’s language is not a language tag', async (t) => {
    const initScript = `for (const [name, value] of [['language', 'en-US@posix'], ['languages', ['en-US@posix']]])
      Object.defineProperty(Navigator.prototype, name, { get: () => value });`;
    const page = await pages.open(t, platform.siteUrl, { initScript, timezoneId: 'UTC' });

    await nextSecond(page);
    assert.match(await shown(page, 'local-date'), /UTC$/);
  });
});

function boundOf(error: string): number {
  return Number(/± ([\d,]+) ms$/.exec(error)?.[1]);
}

function daysUntil(moment: string): number {
  return Math.floor((Date.parse(moment) - Date.now()) / 86_400_000);
}

async function languageOf(page: Page) {
  const lang = await page.locator('html').getAttribute('lang');
  return { lang, state: await shown(page, 'state'), title: await shown(page, 'messages-title') };
}
