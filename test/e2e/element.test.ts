// <tick-cast-clock> in a page whose origin is not the clock's: the example in examples/.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { LOST_CONNECTION, type PageOptions, TestPages } from '../support/test-pages.ts';

const EXAMPLE = new URL('../../examples/element.html', import.meta.url);

describe('<tick-cast-clock>', { concurrency: 3 }, () => {
  let example: string;
  /** The policy that docs/element.md describes, plus the example's own script. */
  let policy: string;
  const hosts: Server[] = [];
  let pages: TestPages;
  let platform: LocalPlatform;
  let allowedOrigin: string;
  let foreignOrigin: string;

  before(async () => {
    allowedOrigin = await startHost();
    foreignOrigin = await startHost();
    const [site, started] = await Promise.all([makeSite(), TestPages.start()]);
    pages = started;
    platform = await startLocal({ site, allowedOrigins: [allowedOrigin] });
    example = (await readFile(EXAMPLE, 'utf8')).replace('http://localhost:8888/', platform.siteUrl);
    const { origin, host } = new URL(platform.siteUrl);
    policy = `default-src 'none'; script-src 'unsafe-inline' ${origin}; connect-src ws://${host}`;
  });
  after(async () => {
    for (const host of hosts) host.close();
    await platform?.dispose();
    await pages?.dispose();
  });

  async function startHost(): Promise<string> {
    const host = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
      response.end(example);
    }).listen(0, '127.0.0.1');
    hosts.push(host);
    await once(host, 'listening');
    return `http://localhost:${(host.address() as AddressInfo).port}`;
  }

  async function open(t: TestContext, options: PageOptions & { origin?: string } = {}) {
    const { origin = allowedOrigin, ...rest } = options;
    const page = await pages.open(t, 'about:blank', { timezoneId: 'Europe/Berlin', ...rest });
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(`${origin}/`);
    return { page, sockets };
  }

  it('shows the time on an allowed origin with two lines of HTML, by zone, format and language', async (t) => {
    // The computer's clock is one hour slow.
    const { page } = await open(t, { initScript: '{ const now = Date.now; Date.now = () => now() - 3_600_000; }' });
    const here = page.locator('tick-cast-clock').first();
    await waitForText(here, /^\d\d:\d\d:\d\d [AP]M$/);

    // Read all at the same moment, in the middle of a second of the server, which is this machine.
    const { texts, atMillis } = await page.evaluate<{ texts: string[]; atMillis: number }>(`new Promise((resolve) => {
      const textOf = (clock) => clock.shadowRoot.querySelector('time').textContent.replaceAll('\\u202f', ' ');
      const timer = setInterval(() => {
        const atMillis = new Date().getTime();
        if (atMillis % 1000 < 400 || atMillis % 1000 > 600) return;
        clearInterval(timer);
        const named = ['iso', 'tokyo', 'shanghai', 'sale'].map((id) => document.getElementById(id));
        resolve({ texts: [document.querySelector('tick-cast-clock'), ...named].map(textOf), atMillis });
      }, 20);
    })`);
    const [first, iso, tokyo, shanghai, sale] = texts as [string, string, string, string, string];
    assert.match(iso, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Math.abs(atMillis - Date.parse(iso)) < 1_500, `${iso} at ${atMillis}`);
    const hour = (timeZone: string) =>
      new Intl.DateTimeFormat('en-US', { timeZone, hour: '2-digit', minute: '2-digit' }).format(Date.parse(iso));
    assert.equal(first.replace(/:\d\d /, ' '), hour('Europe/Berlin').replace('\u202f', ' '));
    assert.equal(tokyo, hour('Asia/Tokyo').replace('\u202f', ' '));
    assert.match(shanghai, /^\d{4}年\d+月\d+日 \d\d:\d\d:\d\d$/);
    assert.match(sale, /^[\d,]+d \d\d:\d\d:\d\d$/);
    assert.equal(await here.getAttribute('role'), null);
    assert.deepEqual(await rolesOf(page), Array(5).fill('timer'));
    assert.equal(await here.getAttribute('state'), 'open');
  });

  it('has one connection for all clocks of a URL, which closes after the last of them', async (t) => {
    const { page, sockets } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);
    assert.deepEqual(sockets, [`${platform.socketUrl}`]);

    await page.evaluate(`for (const clock of document.querySelectorAll('tick-cast-clock')) {
      globalThis.client ??= clock.client;
      document.body.append(clock);
    }`);
    assert.equal(await page.evaluate('client === document.querySelector("tick-cast-clock").client'), true);
    await page.evaluate(`for (const clock of document.querySelectorAll('tick-cast-clock')) clock.remove();`);
    const closed = `client.state === 'closed' ? 'closed' : new Promise((resolve) => client.on('state', resolve))`;
    assert.equal(await page.evaluate(closed), 'closed');
    assert.equal(sockets.length, 1);

    await page.evaluate('document.body.append(document.createElement("tick-cast-clock"))');
    await waitForText(page.locator('tick-cast-clock'), /\d\d:\d\d/);
    assert.equal(sockets.length, 2);
  });

  it('stops when a listener removes it at its first state', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);
    await page.evaluate(`for (const clock of document.querySelectorAll('tick-cast-clock')) clock.remove();`);

    const states = await page.evaluate<string[]>(`new Promise((resolve) => {
      const clock = document.createElement('tick-cast-clock');
      const states = [];
      clock.addEventListener('state', ({ detail }) => {
        states.push(detail);
        clock.remove();
      });
      document.body.append(clock);
      // The connection closes soon after its last clock.
      setTimeout(() => resolve(states), 1_500);
    })`);
    assert.deepEqual(states, ['open']);
  });

  it('dispatches reached at the end of a countdown', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#sale'), /\d/);
    assert.equal(await page.locator('#buy').isDisabled(), true);

    const { until, atMillis, bound } = await page.evaluate<Record<'until' | 'atMillis' | 'bound', number>>(`{
      const sale = document.querySelector('#sale');
      const until = Date.now() + 1_500;
      sale.setAttribute('until', until);
      new Promise((resolve) => sale.addEventListener('reached', () => {
        resolve({ until, atMillis: Date.now(), bound: sale.client.errorBound });
      }));
    }`);
    await page.locator('#buy:enabled').waitFor();

    const lateness = atMillis - until;
    // Tolerance for the timers of a busy machine.
    assert.ok(lateness >= -bound - 1 && lateness < bound + 1_500, `${lateness} ms, ± ${bound} ms`);
    assert.equal(await textOf(page.locator('#sale')), '00:00:00');
  });

  it('dispatches reached in a page whose timers run once per minute', async (t) => {
    const initScript =
      '{ const set = setTimeout; globalThis.setTimeout = (call, wait) => set(call, Math.max(60_000, wait)); }';
    const { page } = await open(t, { initScript });
    const lateness = await page.evaluate<number>(`new Promise((resolve) => {
      const sale = document.querySelector('#sale');
      sale.client.on('tick', ({ sequence }) => {
        if (sale.dataset.set !== undefined) return;
        sale.dataset.set = '';
        const until = (sequence + 2) * 1000;
        sale.setAttribute('until', until);
        sale.addEventListener('reached', () => resolve(Date.now() - until));
      });
    })`);

    // The tick may arrive a few milliseconds before the clock reaches the end. Then the next tick counts.
    assert.ok(lateness > -1_000 && lateness < 5_000, `${lateness} ms`);
  });

  it('dispatches reached once, whatever happens to the element before', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);

    const events = await page.evaluate<string[]>(`new Promise((resolve) => {
      const events = [];
      const until = Date.now() + 1_000;
      const make = (name, change) => {
        const clock = document.createElement('tick-cast-clock');
        clock.setAttribute('until', until);
        clock.addEventListener('reached', () => events.push(name));
        document.body.append(clock);
        change(clock);
      };
      const busyUntilThen = (act) => setTimeout(() => {
        while (Date.now() < until + 50);
        act();
      }, 900);
      make('undisturbed', () => {});
      make('language', (clock) => busyUntilThen(() => { clock.lang = 'de'; }));
      make('appended', (clock) => busyUntilThen(() => document.body.append(clock)));
      make('away', (clock) => {
        setTimeout(() => clock.remove(), 500);
        setTimeout(() => document.body.append(clock), 1_500);
      });
      make('format', (clock) => setInterval(() => clock.setAttribute('format', Math.random()), 20));
      make('another moment', (clock) => setTimeout(() => clock.setAttribute('until', until - 900_000), 500));
      setTimeout(() => resolve(events.sort()), 3_500);
    })`);
    assert.deepEqual(events, ['appended', 'away', 'format', 'language', 'undisturbed']);
  });

  it('dispatches reached also at a time between two seconds', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);

    const { until, atMillis, bound } = await page.evaluate<Record<'until' | 'atMillis' | 'bound', number>>(`{
      const sale = document.querySelector('#sale');
      const until = Math.ceil(Date.now() / 1000) * 1000 + 1_010;
      sale.setAttribute('until', until);
      new Promise((resolve) => sale.addEventListener('reached', () => {
        resolve({ until, atMillis: Date.now(), bound: sale.client.errorBound });
      }));
    }`);
    const lateness = atMillis - until;
    assert.ok(lateness >= -bound - 1 && lateness < 900, `${lateness} ms, ± ${bound} ms`);
  });

  it('uses the language at its position, through shadow roots, also when it changes', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);

    const texts = await page.evaluate<string[]>(`new Promise((resolve) => {
      const outer = document.createElement('section');
      outer.lang = 'de';
      const [first, second] = [outer, document.createElement('div')];
      first.attachShadow({ mode: 'open' }).append(second);
      const clock = document.createElement('tick-cast-clock');
      clock.setAttribute('format', 'date');
      second.attachShadow({ mode: 'closed' }).append(clock);
      document.body.append(outer);
      const textOf = () => clock.shadowRoot.querySelector('time').textContent;
      const texts = [];
      const change = (act) => {
        texts.push(textOf());
        act();
      };
      setTimeout(() => change(() => { outer.lang = 'fr'; }), 100);
      setTimeout(() => change(() => { second.lang = 'zh'; }), 200);
      setTimeout(() => change(() => { clock.lang = 'es'; }), 300);
      setTimeout(() => resolve([...texts, textOf()]), 400);
    })`);
    const patterns = [/tag, /, /^\w+di \d/, /^\d+年/, / de 20\d\d$/];
    assert.equal(texts.length, patterns.length);
    for (const [n, pattern] of patterns.entries()) assert.match(texts[n] ?? '', pattern);
  });

  it('keeps its style in another document', async (t) => {
    const { page } = await open(t);
    await waitForText(page.locator('#iso'), /Z$/);

    const styles = await page.evaluate<string[]>(`{
      const frame = document.createElement('iframe');
      document.body.append(frame);
      const clock = document.querySelector('#iso');
      const styleOf = () => clock.ownerDocument.defaultView.getComputedStyle(clock).display;
      const styles = [styleOf()];
      frame.contentDocument.body.append(clock);
      styles.push(styleOf());
      document.body.append(clock);
      [...styles, styleOf()];
    }`);
    assert.deepEqual(styles, ['inline-block', 'inline-block', 'inline-block']);
  });

  it('uses a changed time zone of the system', async (t) => {
    const { page } = await open(t, { timezoneId: undefined });
    const here = page.locator('tick-cast-clock').first();
    await waitForText(here, /M$/);
    const before = await textOf(here);
    const session = await page.context().newCDPSession(page);

    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Kolkata' });
    const minute = Number(before.slice(3, 5)) + 30;
    const [now, next] = [minute, minute + 1].map((value) => String(value % 60).padStart(2, '0'));
    await waitForText(here, new RegExp(`^\\d\\d:(${now}|${next}):`));
  });

  it('sets its state as an attribute and for CSS only after it has started', async (t) => {
    const { page } = await open(t, { origin: foreignOrigin, allowed: LOST_CONNECTION });
    const before = await page.evaluate<string>(`{
      const clock = document.createElement('tick-cast-clock');
      clock.setAttribute('src', '${platform.socketUrl}?id=late');
      document.body.append(clock);
      const before = clock.outerHTML + clock.matches(':state(connecting)');
      clock.id = 'late';
      before;
    }`);
    assert.match(before, /^<tick-cast-clock src="[^"]*"><\/tick-cast-clock>true$/);

    await page.locator('#late:state(reconnecting)[state="reconnecting"]').waitFor({ state: 'attached' });
  });

  it('shows the error of an attribute until it is corrected', async (t) => {
    const { page } = await open(t);
    const clock = page.locator('#iso');
    await waitForText(clock, /Z$/);
    for (const [name, value, message] of [
      ['format', 'hh:mm', /^format must be one of time, time-short, date, date-time, iso, got "hh:mm"$/],
      ['time-zone', 'Mars/Base', /^time-zone must be a name such as Europe\/Berlin, or UTC, got "Mars\/Base"$/],
      ['until', '<b>soon</b>', /^until must be a time such as .*, got "<b>soon<\/b>"$/],
      ['src', '', /^src must be a WebSocket URL such as .*, got/],
      ['src', 'mailto:a@b', /^src must begin with wss:, ws:, https: or http:, got "mailto:a@b"$/],
    ] as const) {
      await page.evaluate(`document.querySelector('#iso').removeAttribute('format');
        document.querySelector('#iso').setAttribute('${name}', '${value}')`);
      await waitForText(clock, message);
      assert.equal(await clock.getAttribute('state'), null);
      await page.evaluate(`document.querySelector('#iso').removeAttribute('${name}')`);
      await waitForText(clock, /\d\d:\d\d/);
    }
  });

  it('keeps its initial text, and has no connection, on an origin that is not allowed', async (t) => {
    const { page } = await open(t, { origin: foreignOrigin, allowed: LOST_CONNECTION });
    await page.locator('tick-cast-clock[state="reconnecting"]').first().waitFor();

    assert.equal(await page.locator('tick-cast-clock').first().innerText(), '--:--:--');
  });
});

/** Texts of all clocks in the accessibility tree. */
async function rolesOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  return nodes.map(({ role }) => role?.value).filter((role) => role === 'timer');
}

/** Text in the shadow tree, which Playwright can read. */
async function textOf(clock: Locator): Promise<string> {
  return (await clock.locator('time, span').allTextContents()).join('').replaceAll('\u202f', ' ');
}

async function waitForText(clock: Locator, pattern: RegExp): Promise<void> {
  await clock.locator('time, span').filter({ hasText: pattern }).first().waitFor();
}
