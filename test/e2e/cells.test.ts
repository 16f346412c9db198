// Two independent cells, each a whole local platform, and a real browser that uses both.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { runCommand } from '../support/command.ts';
import { LOST_CONNECTION, TestPages } from '../support/test-pages.ts';

/** Number of changes between cells. Each takes ten seconds. CHANGES=10 runs ten. */
const CHANGES = Number(process.env.CHANGES ?? 2);

/** Texts and events of the element since the page was opened. */
interface Record {
  readonly ticks: readonly { readonly sequence: number }[];
  readonly missed: number;
  readonly doubled: number;
  readonly reconnects: number;
  /** Values of `now()`, read every 50 ms. */
  readonly wentBack: number;
  readonly state: string;
}

describe('a page with two cells', { concurrency: 2 }, () => {
  let pages: TestPages;
  let host: Server;
  let hostUrl: string;
  let site: Awaited<ReturnType<typeof makeSite>>;
  let html = '';

  before(async () => {
    [site, pages] = await Promise.all([makeSite(), TestPages.start()]);
    host = createServer((_, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end(html);
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    hostUrl = `http://localhost:${(host.address() as AddressInfo).port}`;
    html = '<!doctype html><link rel="icon" href="data:,"><title>cells</title>';
  });
  after(async () => {
    host?.close();
    await pages?.dispose();
  });

  async function startCells(t: TestContext): Promise<[LocalPlatform, LocalPlatform]> {
    const start = () => startLocal({ site, allowedOrigins: [hostUrl] });
    const cells = await Promise.all([start(), start()]);
    t.after(() => Promise.all(cells.map((cell) => cell.dispose())));
    return cells;
  }

  async function open(t: TestContext, cells: readonly LocalPlatform[]): Promise<Page> {
    const page = await pages.open(t, hostUrl, { allowed: LOST_CONNECTION });
    const [first] = cells;
    await page.addScriptTag({ url: `${first?.siteUrl}tick-cast-clock.js`, type: 'module' });
    await page.evaluate(`customElements.whenDefined('tick-cast-clock').then(() => {
      const clock = document.createElement('tick-cast-clock');
      clock.setAttribute('src', '${cells.map(({ socketUrl }) => socketUrl).join(' ')}');
      document.body.append(clock);
      globalThis.client = clock.client;
      globalThis.ticks = [];
      client.on('tick', ({ sequence }) => ticks.push({ sequence }));
      globalThis.wentBack = 0;
      let last = -Infinity;
      setInterval(() => {
        const now = client.now() ?? -Infinity;
        if (now < last) wentBack++;
        last = now;
      }, 50);
    })`);
    await waitForTicks(page, 2);
    return page;
  }

  const record = (page: Page) =>
    page.evaluate<Record>(`(({ missed, doubled, reconnects, state }) =>
      ({ ticks, missed, doubled, reconnects, wentBack, state }))(client)`);

  it('gets time and ticks from the other cell when its own shuts down', async (t) => {
    const [first, second] = await startCells(t);
    const page = await open(t, [first, second]);
    await first.dispose();
    const { ticks: before } = await record(page);
    await waitForTicks(page, before.length + 3);

    const { wentBack, doubled, state } = await record(page);
    assert.deepEqual({ wentBack, doubled, state }, { wentBack: 0, doubled: 0, state: 'open' });
  });

  it('loses no tick and shows none twice when a notice makes it change to the other cell', async (t) => {
    const cells = await startCells(t);
    const page = await open(t, cells);
    for (let change = 0; change < CHANGES; change++) {
      const { siteUrl } = cells[change % 2] as LocalPlatform;
      const { stdout, code } = await runCommand('viewers', ['close', '--all', '--code', '1012', '--url', siteUrl]);
      assert.match(stdout, /^Told 1; 0 gone, 0 failed\..*\nClosed 0 who stayed;/);
      assert.equal(code, 0);
    }

    const { ticks, missed, doubled, reconnects, wentBack } = await record(page);
    const [first] = ticks;
    assert.ok(ticks.length >= 10 * CHANGES, `${ticks.length} ticks`);
    assert.deepEqual(
      ticks.map(({ sequence }) => sequence),
      ticks.map((_, n) => (first?.sequence ?? 0) + n),
    );
    assert.deepEqual({ missed, doubled, reconnects, wentBack }, { missed: 0, doubled: 0, reconnects: 0, wentBack: 0 });
  });
});

async function waitForTicks(page: Page, count: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const look = () => ticks.length >= ${count} ? resolve() : setTimeout(look, 50);
    look();
  })`);
}
