// Accessibility of the page: contrast, names and roles by axe, keyboard, screen readers, reduced motion, and a stable
// layout.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { LOST_CONNECTION, logEntries, shown, TestPages, waitForState } from '../support/test-pages.ts';

const QUERY = '?id=12&until=2099-01-01T00:00:00Z';
/** The width that WCAG 1.4.10 requires. */
const PHONE = { width: 320, height: 640 };

describe('the accessibility of the page', { concurrency: 4 }, () => {
  let pages: TestPages;
  let platform: LocalPlatform;
  let axe: string;
  let site: Awaited<ReturnType<typeof makeSite>>;

  before(async () => {
    [site, pages] = await Promise.all([makeSite(), TestPages.start()]);
    platform = await startLocal({ site });
    axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  });
  after(async () => {
    await platform?.dispose();
    await pages?.dispose();
  });

  for (const [name, options, query] of [
    ['in light', { colorScheme: 'light' }, QUERY],
    ['in dark', { colorScheme: 'dark' }, QUERY],
    ['in Chinese', { locale: 'zh-CN' }, QUERY],
    ['on a phone', { viewport: PHONE, hasTouch: true }, QUERY],
    ['with a wrong moment', { viewport: PHONE }, '?until=soon'],
    ['with a moment in seconds', { viewport: PHONE }, '?until=1798761600'],
    ['while a moment is picked', { viewport: PHONE }, QUERY],
    ['while a moment is picked in dark', { colorScheme: 'dark' }, QUERY],
    ['disconnected in light', { colorScheme: 'light' }, ''],
    ['disconnected in dark', { colorScheme: 'dark' }, ''],
  ] as const) {
    it(`has no violation by axe, ${name}`, async (t) => {
      const page = await pages.open(t, platform.siteUrl + query, options);
      await logEntries(page, 'tick').first().waitFor();
      await page.locator('#chart canvas').waitFor();
      if (name.startsWith('disconnected')) await page.locator('#toggle').click();
      if (name.startsWith('while a moment')) await page.locator('#picker-title').click();

      assert.deepEqual(await violationsIn(page), []);
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        true,
        'nothing is cut off',
      );
    });
  }

  it('has no violation by axe while ticks are missing or the server is gone', async (t) => {
    const failing = await startLocal({ site });
    t.after(() => failing.dispose());
    const page = await pages.open(t, failing.siteUrl, { allowed: LOST_CONNECTION });
    await logEntries(page, 'tick').first().waitFor();
    failing.setFaults({ requests: { failing: 1 } });
    await waitForState(page, 'stale');
    assert.deepEqual(await violationsIn(page), []);

    await failing.dispose();
    await waitForState(page, 'reconnecting');
    assert.deepEqual(await violationsIn(page), []);
  });

  async function violationsIn(page: Page): Promise<string[]> {
    // Uses the debugger, to which the page's policy does not apply.
    await page.evaluate(axe);
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      'axe.run().then(({ violations }) => violations)',
    );
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  it('announces states and messages, but not the digits that change', async (t) => {
    const page = await pages.open(t, platform.siteUrl + QUERY);
    await waitForState(page, 'open');

    const live = await page.locator('[role=status], [role=alert], [role=log], [aria-live], output').all();
    assert.deepEqual(await Promise.all(live.map((region) => region.getAttribute('id'))), [
      'state',
      'pick-error',
      'announcement',
    ]);
    const changes = await page.evaluate<number>(`new Promise((resolve) => {
      let changes = 0;
      for (const region of document.querySelectorAll('[role=status]')) {
        const options = { subtree: true, childList: true, characterData: true, attributes: true };
        new MutationObserver((records) => { changes += records.length; }).observe(region, options);
      }
      setTimeout(() => resolve(changes), 2_500);
    })`);
    assert.equal(await shown(page, 'state'), 'Live');
    assert.equal(changes, 0);
  });

  it('works with the keyboard only', async (t) => {
    const page = await pages.open(t, platform.siteUrl);
    await waitForState(page, 'open');

    const order: string[] = [];
    for (let n = 0; n < 10; n++) {
      await page.keyboard.press('Tab');
      order.push(await page.evaluate<string>('document.activeElement.id || document.activeElement.type'));
    }
    assert.deepEqual(order, [
      ...['copy-link', 'hours', 'language', 'full-screen', 'toggle'],
      ...['picker-title', 'show-ticks', 'log', 'text', 'submit'],
    ]);
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('by hand');
    await page.keyboard.press('Enter');
    await logEntries(page, 'sent').filter({ hasText: 'by hand' }).waitFor();
  });

  for (const viewport of [PHONE, { width: 1280, height: 900 }]) {
    it(`keeps its layout while digits change, at a width of ${viewport.width} pixels`, async (t) => {
      const initScript = `globalThis.shifts = [];
        new PerformanceObserver((list) => {
          for (const { value, sources } of list.getEntries()) {
            shifts.push([value, ...sources.map(({ node }) => node?.id || node?.parentElement?.id || node?.nodeName)]);
          }
        }).observe({ type: 'layout-shift', buffered: true });`;
      const page = await pages.open(t, platform.siteUrl, { viewport, initScript });
      await logEntries(page, 'tick').nth(3).waitFor();

      const shifts = await page.evaluate<[number, ...string[]][]>('shifts');
      const sum = shifts.reduce((total, [value]) => total + value, 0);
      assert.ok(sum < 0.001, JSON.stringify(shifts));
      assert.equal(await digitsWidth(page, '11:11:11'), await digitsWidth(page, '00:00:00'));
    });
  }

  it('has no animations', async (t) => {
    const page = await pages.open(t, platform.siteUrl, { reducedMotion: 'reduce' });
    await logEntries(page, 'tick').first().waitFor();

    const moving = `document.getAnimations().filter(({ playState }) => playState === 'running').length`;
    assert.equal(await page.evaluate(moving), 0);
  });
});

/** Returns the width of the clock at this time. */
function digitsWidth(page: Page, time: string): Promise<number> {
  return page.evaluate<number>(`{
    document.getElementById('hours-minutes').textContent = '${time.slice(0, 5)}';
    document.getElementById('seconds').textContent = '${time.slice(5)}';
    const range = document.createRange();
    range.selectNodeContents(document.getElementById('local-time'));
    range.getBoundingClientRect().width;
  }`);
}
