// Page and element in several browsers. Runs only in Chromium by default. BROWSERS selects others, and
// SCREENSHOTS=<folder> stores screenshots.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { type BrowserPage, type Size, type TestBrowser, waitFor } from '../support/browsers/browser-port.ts';
import { browsersToTest } from '../support/browsers/browsers.ts';

const DESKTOP = { width: 1100, height: 860 };
const NEW_YEAR = '2099-01-01T00:00:00Z';
/** Tolerance for late timers of a busy machine. */
const LATE_MILLIS = 1_500;

const text = (id: string) => `document.getElementById('${id}').textContent.replaceAll('\\u202f', ' ')`;
const state = (name: string) => `document.getElementById('state').dataset.state === '${name}'`;
const isSeen = (id: string) => `document.getElementById('${id}').checkVisibility({ visibilityProperty: true })`;
/** Selector of an element in examples/element.html. */
const clockText = (id: string) => `(document.getElementById('${id}').shadowRoot.querySelector('time').textContent)`;

for (const kind of browsersToTest()) {
  const missing = kind.missing();
  describe(`in ${kind.name}`, { skip: missing && `${kind.name}: ${missing}` }, () => {
    let browser: TestBrowser;
    let platform: LocalPlatform;
    let site: Awaited<ReturnType<typeof makeSite>>;
    let host: Server;
    let hostUrl: string;
    before(async () => {
      [site, browser] = await Promise.all([makeSite(), kind.start()]);
      let example = '';
      host = createServer((_, response) => {
        response.setHeader('content-type', 'text/html; charset=utf-8').end(example);
      }).listen(0, '127.0.0.1');
      await once(host, 'listening');
      hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`;
      platform = await startLocal({ site, allowedOrigins: [hostUrl] });
      example = (await readFile(new URL('../../examples/element.html', import.meta.url), 'utf8')).replace(
        'http://localhost:8888/',
        platform.siteUrl,
      );
    });
    after(async () => {
      host?.close();
      await browser?.close();
      await platform?.dispose();
    });

    async function open(t: TestContext, url: string, size: Size = DESKTOP): Promise<BrowserPage> {
      const page = await browser.open(size);
      t.after(() => page.close());
      await page.goto(url);
      return page;
    }

    async function keep(page: BrowserPage, name: string): Promise<void> {
      const { SCREENSHOTS } = process.env;
      if (SCREENSHOTS) await page.screenshot(join(SCREENSHOTS, `${kind.name.toLowerCase()}-${name}.png`));
    }

    it('the page connects, sends a greeting, and shows the server’s time in the local zone and in UTC', async (t) => {
      const page = await open(t, `${platform.siteUrl}?id=12`);
      await waitFor(page, state('open'));
      await waitFor(page, `Number(${text('ticks')}) >= 3`);
      await waitFor(page, `/^Your clock is right, ± \\d+ ms$/.test(${text('clock-error')})`);

      assert.equal(await page.evaluate(isSeen('utc-line')), true);
      const { utc, local, atMillis, bound } = await page.evaluate<Record<string, string>>(
        `({ utc: ${text('utc')}, local: ${text('local-time')}, atMillis: Date.now(), bound: ${text('clock-error')} })`,
      );
      const lateness = Number(atMillis) - Date.parse(`${utc?.replace(' ', 'T')}Z`);
      const boundMillis = Number(/± (\d+) ms/.exec(bound ?? '')?.[1]);
      assert.ok(boundMillis <= 50, bound);
      assert.ok(lateness >= -boundMillis - 1 && lateness < 1_000 + LATE_MILLIS, `${lateness} ms, ± ${boundMillis}`);
      assert.match(local ?? '', /^\d{1,2}:\d\d:\d\d( [AP]M)?$/);
      assert.equal(await page.evaluate(text('missed')), '0');
      assert.equal(await page.evaluate(text('doubled')), '0');
      assert.match(await page.evaluate(text('log')), /You said: Hello from 12.*The server received 13 bytes/);
      assert.equal(await page.evaluate(`document.querySelectorAll('#chart canvas').length`), 1);
      await keep(page, 'desktop');
    });

    it('the page shows that no ticks arrive, and recovers', async (t) => {
      const failing = await startLocal({ site });
      t.after(() => failing.dispose());
      const page = await open(t, failing.siteUrl);
      await waitFor(page, `Number(${text('ticks')}) >= 1`);

      failing.setFaults({ requests: { failing: 1 } });
      await waitFor(page, state('stale'));
      assert.equal(await page.evaluate(text('state')), 'Connected, but no ticks arrive');
      failing.setFaults({});
      await waitFor(page, state('open'));
      await page.goto('about:blank');
    });

    it('the page reconnects when the server is back', async (t) => {
      const first = await startLocal({ site });
      const page = await open(t, first.siteUrl);
      await waitFor(page, `Number(${text('ticks')}) >= 1`);
      const { port } = new URL(first.siteUrl);
      await first.dispose();
      await waitFor(page, state('reconnecting'));

      const second = await startLocal({ site, port: Number(port) });
      t.after(() => second.dispose());
      await waitFor(page, state('open'));
      assert.equal(await page.evaluate(text('reconnects')), '1');
      await page.goto('about:blank');
    });

    it('the page counts down, and announces the end', async (t) => {
      const until = Math.ceil(Date.now() / 1000) * 1000 + 6_000;
      const page = await open(t, `${platform.siteUrl}?until=${until}`);
      await waitFor(page, `/^00:00:0[1-5]$/.test(${text('countdown-time')})`);
      const atMillis = await waitFor<number>(page, `${text('announcement')} === 'It is time' && Date.now()`);
      assert.ok(atMillis - until > -50 && atMillis - until < LATE_MILLIS, `${atMillis - until} ms`);
      assert.match(await page.evaluate(text('countdown-title')), /^Since /);
    });

    it('the page counts down to a time that was entered', async (t) => {
      const page = await open(t, platform.siteUrl);
      await waitFor(page, state('open'));
      await page.click('#picker-title');
      await waitFor(page, `document.getElementById('pick-date').value !== ''`);
      await page.evaluate(`(() => {
        for (const [id, value] of [['pick-date', '2099-01-01'], ['pick-time', '08:00:00'], ['pick-zone', 'Asia/Shanghai']])
          document.getElementById(id).value = value;
        return true;
      })()`);
      await page.click('#pick button[type=submit]');

      await waitFor(page, isSeen('countdown'));
      assert.equal(
        await page.evaluate(`new URL(location.href).searchParams.get('until')`),
        '2099-01-01T08:00:00+08:00',
      );
    });

    it('the page changes its language and its hours', async (t) => {
      const page = await open(t, `${platform.siteUrl}?lang=zh&hours=12&until=${NEW_YEAR}`);
      await waitFor(page, `/^[上下]午\\d{1,2}:/.test(${text('local-time')})`);
      assert.equal(await page.evaluate(text('state')), '实时');
      await keep(page, 'chinese');

      await page.click('#language');
      await page.click('#hours');
      assert.equal(await page.evaluate(text('state')), 'Live');
      assert.match(await page.evaluate(text('local-time')), /^\d\d:\d\d:\d\d$/);
      assert.match(await page.evaluate('location.search'), /lang=en&hours=24/);
    });

    it('the page has clock and countdown in the first screen of a phone, in portrait and landscape', async (t) => {
      const page = await open(t, `${platform.siteUrl}?until=${NEW_YEAR}`);
      await waitFor(page, `Number(${text('ticks')}) >= 2`);
      for (const [name, size] of [
        ['phone', { width: 390, height: 844 }],
        ['lying', { width: 844, height: 390 }],
      ] as const) {
        await page.resize(size);
        await waitFor(page, `innerHeight === ${size.height}`);
        await keep(page, name);
        for (const id of ['local-time', 'countdown']) {
          const bottom = await page.evaluate<number>(`document.getElementById('${id}').getBoundingClientRect().bottom`);
          assert.ok(bottom <= size.height, `#${id} ends at ${bottom} of ${size.height}`);
        }
        assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
      }
    });

    it('the page is dark if the system is', async (t) => {
      const dark = await kind.start({ isDark: true });
      t.after(() => dark.close());
      const page = await dark.open(DESKTOP);
      await page.goto(`${platform.siteUrl}?until=${NEW_YEAR}`);
      await waitFor(page, `Number(${text('ticks')}) >= 2`);
      assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(13, 16, 18)');
      await keep(page, 'dark');
    });

    it('the page fills the screen', async (t) => {
      const page = await open(t, `${platform.siteUrl}?until=${NEW_YEAR}`);
      await waitFor(page, `Number(${text('ticks')}) >= 2`);
      assert.equal(await page.evaluate(isSeen('full-screen')), true);
      await page.click('#full-screen');
      await waitFor(page, `document.fullscreenElement !== null`);
      await waitFor(page, `document.documentElement.dataset.inUse === 'false'`);
      assert.equal(await page.evaluate(isSeen('log')), false);
      assert.equal(await page.evaluate('getComputedStyle(document.body).cursor'), 'none');
      await keep(page, 'full-screen');
      await page.evaluate('document.exitFullscreen().then(() => true)');
      await waitFor(page, isSeen('log'));
    });

    it('the page has no violation by axe', async (t) => {
      const page = await open(t, `${platform.siteUrl}?until=${NEW_YEAR}`);
      await waitFor(page, `Number(${text('ticks')}) >= 1`);
      await page.click('#picker-title');
      const axe = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
      await page.evaluate(`(() => { ${axe}; return true; })()`);
      const violations = await page.evaluate<unknown[]>(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]))`,
      );
      assert.deepEqual(violations, []);
    });

    it('the element shows the time in another page, its state, and its style', async (t) => {
      const page = await open(t, hostUrl);
      await waitFor(page, `/Z$/.test(${clockText('iso')})`);
      await waitFor(page, `document.getElementById('iso').matches('[state="open"]:state(open)')`);
      const iso = await page.evaluate<string>(clockText('iso'));
      assert.ok(Math.abs(Date.now() - Date.parse(iso)) < 1_000 + LATE_MILLIS, iso);
      assert.match(await page.evaluate(clockText('shanghai')), /^\d{4}年\d+月\d+日 \d\d:\d\d:\d\d$/);
      assert.equal(await page.evaluate(`getComputedStyle(document.getElementById('iso')).display`), 'inline-block');
      await keep(page, 'element');
    });

    it('the element dispatches reached, and shows the error of an attribute', async (t) => {
      const page = await open(t, hostUrl);
      await waitFor(page, `/Z$/.test(${clockText('iso')})`);
      const lateness = await page.evaluate<number>(`new Promise((resolve) => {
        const clock = document.getElementById('sale');
        const until = Date.now() + 1_510;
        clock.setAttribute('until', until);
        clock.addEventListener('reached', () => resolve(Date.now() - until));
      })`);
      assert.ok(lateness > -50 && lateness < LATE_MILLIS, `${lateness} ms`);

      await page.evaluate(`document.getElementById('sale').setAttribute('until', 'soon') ?? true`);
      const error = await waitFor<string>(
        page,
        `document.getElementById('sale').shadowRoot.querySelector('span').textContent`,
      );
      assert.match(error, /^until must be a time such as .*, got "soon"$/);
    });

    it('the element is within its error bound if clocks are rounded', { skip: !kind.roundsClocks }, async (t) => {
      const rounding = await kind.start({ hasRoundedClocks: true });
      t.after(() => rounding.close());
      const page = await rounding.open(DESKTOP);
      await page.goto(hostUrl);
      await waitFor(page, `document.getElementById('iso').client?.errorBound < Infinity`);
      let smallestBound = Infinity;
      for (let n = 0; n < 300; n++) {
        const beforeMillis = Date.now();
        const [now, bound] = await page.evaluate<[number, number]>(
          `(({ client }) => [client.now(), client.errorBound])(document.getElementById('iso'))`,
        );
        const afterMillis = Date.now();
        assert.ok(now + bound >= beforeMillis - 1, `${beforeMillis - now} ms behind, ± ${bound} ms`);
        assert.ok(now - bound <= afterMillis + 1, `${now - afterMillis} ms ahead, ± ${bound} ms`);
        smallestBound = Math.min(smallestBound, bound);
      }
      assert.ok(smallestBound > 16, `${smallestBound} ms`);
    });

    it('the element inherits its language through its shadow root', async (t) => {
      const page = await open(t, hostUrl);
      await waitFor(page, `/Z$/.test(${clockText('iso')})`);
      await page.evaluate(`(() => {
        document.body.insertAdjacentHTML('beforeend', '<section lang="de"></section>');
        const clock = document.createElement('tick-cast-clock');
        clock.setAttribute('format', 'date');
        globalThis.section = document.body.lastElementChild;
        globalThis.text = () => clock.shadowRoot.querySelector('time').textContent;
        section.attachShadow({ mode: 'open' }).append(clock);
        return true;
      })()`);
      await waitFor(page, `/tag, /.test(text())`);
      await page.evaluate(`(section.lang = 'fr')`);
      await waitFor(page, `/di \\d/.test(text())`);
    });
  });
}
