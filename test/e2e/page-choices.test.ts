// Choices of the user on the page: hours, end of the countdown, full screen. And values from the system: time zone and
// screen size.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { logEntries, nextSecond, shown, TestPages, waitForState } from '../support/test-pages.ts';

const NEW_YEAR = '2099-01-01T00:00:00Z';

describe('the page', { concurrency: 4 }, () => {
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

  it('has 12 or 24 hours by the default of the language, in clock and countdown, until the user chooses', async (t) => {
    const query = `?until=${NEW_YEAR}`;
    const page = await pages.open(t, platform.siteUrl + query, { timezoneId: 'Asia/Tokyo' });
    await nextSecond(page);
    assert.deepEqual(await timesOf(page), ['12-hour', 'Until January 1, 2099 at 9:00:00 AM']);

    await page.getByRole('button', { name: '24 h' }).click();
    assert.deepEqual(await timesOf(page), ['24-hour', 'Until January 1, 2099 at 09:00:00']);
    assert.equal(new URL(page.url()).searchParams.get('hours'), '24');
    await page.reload();
    await nextSecond(page);
    assert.deepEqual(await timesOf(page), ['24-hour', 'Until January 1, 2099 at 09:00:00']);

    const british = await pages.open(t, platform.siteUrl + query, { locale: 'en-GB', timezoneId: 'Asia/Tokyo' });
    await nextSecond(british);
    assert.deepEqual(await timesOf(british), ['24-hour', 'Until 1 January 2099 at 09:00:00']);
  });

  it('uses a changed time zone of the system', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?until=${NEW_YEAR}`);
    const session = await page.context().newCDPSession(page);
    for (const [timezoneId, title] of [
      ['Asia/Tokyo', 'Until January 1, 2099 at 9:00:00 AM'],
      ['America/New_York', 'Until December 31, 2098 at 7:00:00 PM'],
    ] as const) {
      await session.send('Emulation.setTimezoneOverride', { timezoneId });
      await page.locator('#zone', { hasText: timezoneId }).waitFor();
      const [local, utc] = await page.evaluate<[string, string]>(
        `[document.getElementById('local-time').textContent, document.getElementById('utc').textContent]`,
      );
      const expected = new Intl.DateTimeFormat('en-US', { timeStyle: 'medium', timeZone: timezoneId });
      assert.equal(local, expected.format(Date.parse(`${utc.replace(' ', 'T')}Z`)).replace('\u202f', ' '));
      assert.equal((await shown(page, 'countdown-title')).replace('\u202f', ' '), title);
    }
  });

  it('detects a number of seconds, and offers the time that was meant', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?id=12&until=4070908800`, { timezoneId: 'UTC' });
    await waitForState(page, 'open');
    assert.match(
      await shown(page, 'bad-moment'),
      /^No countdown: “until” is 4070908800, which looks like seconds. Use milliseconds since 1970. Count down to January 1, 2099 at 12:00:00\sAM$/,
    );

    await page.getByRole('link').click();
    await page.locator('#countdown-title', { hasText: 'Until January 1, 2099' }).waitFor();
    assert.equal(page.url(), `${platform.siteUrl}?id=12&until=4070908800000`);
    assert.equal(await page.locator('#bad-moment').isVisible(), false);
  });

  it('counts down to a time that was entered, without a new connection', async (t) => {
    const page = await pages.open(t, platform.siteUrl, { timezoneId: 'Europe/Berlin' });
    await waitForState(page, 'open');
    await page.getByText('Countdown').click();
    assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
    assert.match(await page.getByLabel('Time', { exact: true }).inputValue(), /^\d\d:00/);
    assert.equal(await page.getByRole('button', { name: 'Remove' }).isVisible(), false);

    await page.getByLabel('Date').fill('2099-01-01');
    await page.getByLabel('Time', { exact: true }).fill('08:00:30');
    await page.getByLabel('Time zone').selectOption('Asia/Shanghai');
    await page.getByRole('button', { name: 'Start' }).click();

    await page.locator('#countdown-title', { hasText: /January 1, 2099 at 1:00:30\sAM/ }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('until'), '2099-01-01T08:00:30+08:00');
    assert.equal(await page.getByLabel('Date').isVisible(), false);
    assert.equal(await logEntries(page, 'sent').count(), 1);

    await page.getByText('Countdown', { exact: true }).click();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.locator('#countdown', { visible: false } as object).waitFor({ state: 'hidden' });
    assert.equal(page.url(), platform.siteUrl);
  });

  it('proposes the next full hour if the end of the countdown does not fit into the form', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?until=8640000000000000`, { timezoneId: 'Asia/Tokyo' });
    await nextSecond(page);
    await page.getByText('Countdown', { exact: true }).click();

    await page.locator('#pick-date').and(page.locator(':valid')).waitFor();
    assert.match(await page.getByLabel('Time', { exact: true }).inputValue(), /^\d\d:00/);
  });

  it('shows only the clock in full screen, keeps the screen on, and hides an idle pointer', async (t) => {
    const initScript = `globalThis.locks = [];
      const { wakeLock } = navigator;
      const request = wakeLock.request.bind(wakeLock);
      wakeLock.request = async (type) => {
        const lock = await request(type);
        locks.push(lock);
        return lock;
      };`;
    const page = await pages.open(t, platform.siteUrl, { initScript, permissions: ['screen-wake-lock'] as never });
    await nextSecond(page);
    const locks = () => page.evaluate<boolean[]>('locks.map(({ released }) => released)');

    await page.getByRole('button', { name: 'Full screen' }).click();
    await page.locator('html[data-full-screen="true"]').waitFor();
    assert.equal(await page.locator('#log').isVisible(), false);
    assert.equal(await page.locator('#local-time').isVisible(), true);
    assert.deepEqual(await locks(), [false]);
    await page.locator('html[data-in-use="false"]').waitFor();
    assert.equal(await page.evaluate('getComputedStyle(document.body).cursor'), 'none');
    assert.equal(await page.locator('#toggle').isVisible(), false);

    await page.mouse.move(200, 200);
    await page.getByRole('button', { name: 'Leave full screen' }).click();
    await page.locator('html[data-full-screen="false"]').waitFor();
    await page.locator('#log').waitFor();
    assert.deepEqual(await locks(), [true]);
    assert.equal(await page.evaluate('getComputedStyle(document.body).cursor'), 'auto');
  });

  it('has no full-screen button if the platform has no full screen', async (t) => {
    const initScript = `Object.defineProperty(Document.prototype, 'fullscreenEnabled', { get: () => undefined });`;
    const page = await pages.open(t, platform.siteUrl, { initScript });
    await nextSecond(page);

    assert.equal(await page.locator('#full-screen').count(), 1);
    assert.equal(await page.locator('#full-screen').isVisible(), false);
  });

  it('shows clock and countdown in the first screen of a phone in landscape', async (t) => {
    const page = await pages.open(t, `${platform.siteUrl}?until=${NEW_YEAR}`, {
      viewport: { width: 844, height: 390 },
    });
    await nextSecond(page);

    for (const id of ['local-time', 'clock-error', 'countdown']) {
      const box = await page.locator(`#${id}`).boundingBox();
      assert.ok(box !== null && box.y >= 0 && box.y + box.height <= 390, `${id}: ${JSON.stringify(box)}`);
    }
  });

  it('breaks no line of the log within a time', async (t) => {
    const page = await pages.open(t, platform.siteUrl, { viewport: { width: 320, height: 640 } });
    await logEntries(page, 'tick').nth(1).waitFor();

    const lines = `[...document.querySelectorAll('#log time')].map((time) => time.getClientRects().length)`;
    const counts = await page.evaluate<number[]>(lines);
    assert.ok(counts.length >= 2 && counts.every((count) => count === 1), `${counts}`);
  });

  it('announces the end of the countdown in a tab whose timers are throttled', async (t) => {
    const initScript = `const set = setTimeout;
      globalThis.setTimeout = (call, wait) => set(call, Math.max(60_000, wait));
      globalThis.requestAnimationFrame = () => 0;
      Object.defineProperty(Document.prototype, 'hidden', { get: () => true });`;
    const until = Math.ceil(Date.now() / 1000) * 1000 + 4_000;
    const page = await pages.open(t, `${platform.siteUrl}?until=${until}`, { initScript });

    await page.locator('#announcement', { hasText: 'It is time' }).waitFor();
    assert.ok(Date.now() - until < 5_000, `${Date.now() - until} ms late`);
  });
});

/** Returns the form of the clock and of the title of the countdown. */
async function timesOf(page: Page): Promise<[string, string]> {
  const [time, title] = [await shown(page, 'local-time'), await shown(page, 'countdown-title')];
  const kind = /^\d\d:\d\d:\d\d$/.test(time) ? '24-hour' : /^\d{1,2}:\d\d:\d\d [AP]M$/.test(time) ? '12-hour' : time;
  return [kind, title.replace('\u202f', ' ')];
}
