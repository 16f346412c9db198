// The page with malicious links, viewers and servers.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import type { WebSocket } from 'ws';
import { makeSite } from '../../local/site.ts';
import { formatMessage, type ServerMessage, tickFormatter } from '../../protocol/messages.ts';
import { startScriptedSite } from '../support/scripted-site.ts';
import { logEntries, nextSecond, shown, TestPages, waitForState } from '../support/test-pages.ts';

const MARKUP = '<img src=x onerror="document.title=\'broken into\'"><script>document.title="broken into"</script>';

describe('the page', { concurrency: 3 }, () => {
  let site: RequestListener;
  let pages: TestPages;

  before(async () => {
    [site, pages] = await Promise.all([makeSite(), TestPages.start()]);
  });
  after(() => pages?.dispose());

  async function serve(t: TestContext, connected: (socket: WebSocket, url: string) => void): Promise<string> {
    const scripted = await startScriptedSite(site, connected);
    t.after(async () => {
      await pages.close(t);
      await scripted.dispose();
    });
    return scripted.url;
  }

  it('shows markup from any source as text', async (t) => {
    const url = await serve(t, (socket) => {
      tickEachSecond(socket);
      socket.send(MARKUP);
      say(socket, { type: 'received', connectionId: MARKUP, receivedAt: 0, bytes: 1, error: MARKUP });
      say(socket, { type: 'closing', code: 1001, reason: MARKUP });
      socket.send(
        JSON.stringify({ type: 'tick', sequence: 1, time: MARKUP, sentAt: Date.now(), intervalMillis: 1000 }),
      );
    });
    const page = await pages.open(t, `${url}?id=${encodeURIComponent(MARKUP)}&until=${encodeURIComponent(MARKUP)}`);
    await waitForState(page, 'open');
    await page.getByLabel('Message to the server').fill(MARKUP);
    await page.keyboard.press('Enter');

    await logEntries(page, 'sent')
      .filter({ hasText: `You said: ${MARKUP}` })
      .waitFor();
    await logEntries(page, 'trouble')
      .filter({ hasText: `Message from the gateway: ${MARKUP}` })
      .waitFor();
    await logEntries(page, 'trouble')
      .filter({ hasText: `(1001: ${MARKUP})` })
      .waitFor();
    await logEntries(page, 'received').filter({ hasText: MARKUP }).waitFor();
    assert.equal(await shown(page, 'viewer-id'), MARKUP);
    assert.match(await shown(page, 'bad-moment'), /^No countdown: .*Got “<img src=x/);
    assert.equal(await page.locator('img, main script').count(), 0);
    assert.equal(await page.title(), 'Tickcast');
  });

  for (const until of ['', 'tomorrow', '2027-02-30T00:00:00Z', '2027-01-01', '9'.repeat(5_000)]) {
    it(`shows an error for until=${until.slice(0, 20)}, and the time`, async (t) => {
      const url = await serve(t, tickEachSecond);
      const page = await pages.open(t, `${url}?until=${until}`);

      assert.equal(await page.locator('#countdown').isVisible(), false);
      assert.ok((await shown(page, 'bad-moment')).length < 250);
      assert.equal(await page.locator('#bad-moment').isVisible(), true);
      await nextSecond(page);
    });
  }

  it('sends an id of any characters, cut to 128', async (t) => {
    const asked = Promise.withResolvers<string>();
    const url = await serve(t, (_, path) => asked.resolve(path));
    const id = `a&b=c#d%\u0000é\u{1f553}${'x'.repeat(1_000)}`;
    const page = await pages.open(t, `${url}?id=${encodeURIComponent(id)}`);

    const passed = new URL(await asked.promise, url).searchParams.get('id') ?? '';
    assert.equal(passed, id.replace('\u0000', '').slice(0, 128));
    assert.equal(await shown(page, 'viewer-id'), passed);
  });

  it('stays responsive at a thousand messages per second, with a limited list and limited memory', async (t) => {
    const texts = ['x', JSON.stringify({ type: 'received', connectionId: 'c', receivedAt: 1, bytes: 2 })];
    const url = await serve(t, (socket) => {
      tickEachSecond(socket);
      const timer = setInterval(() => {
        for (let n = 0; n < 50; n++) socket.send(texts[n % 2] ?? '');
      }, 50);
      socket.on('close', () => clearInterval(timer));
    });
    const page = await pages.open(t, url);
    await waitForState(page, 'open');
    await page.locator('#log li').nth(199).waitFor();
    const before = await heapBytes(page);

    const additions = await countAdditions(page);
    // More messages than an hour of ticks.
    const longestMillis = await longestFrame(page, 4_000);

    assert.equal(await page.locator('#log li').count(), 200);
    const { length } = (await additions()).filter((count) => count > 0);
    assert.ok(length > 10 && length < 4 * 80, `the list changed ${length} times in four seconds`);
    assert.ok(longestMillis < 500, `a frame of ${longestMillis} ms`);
    assert.ok((await heapBytes(page)) - before < 5e6);
    await page.getByRole('button', { name: 'Disconnect' }).click({ timeout: 1_000 });
    await waitForState(page, 'closed');
  });

  it('accepts messages of 128 KB, and shows their start', async (t) => {
    const url = await serve(t, (socket) => {
      tickEachSecond(socket);
      for (let n = 0; n < 100; n++) socket.send('<b>'.repeat(43_690));
    });
    const page = await pages.open(t, url);
    await logEntries(page, 'trouble').nth(99).waitFor();

    assert.ok(((await logEntries(page, 'trouble').last().textContent()) ?? '').length < 600);
    assert.ok((await heapBytes(page)) < 30e6);
    assert.equal(await page.locator('#log b').count(), 0);
    await nextSecond(page);
  });

  it('stays responsive when a server sends invalid times', async (t) => {
    const strange = [-1e300, -1, 0, 1.5, 1e15, 9e15, 1e300];
    const url = await serve(t, (socket) => {
      for (const sequence of strange) {
        for (const sentAt of strange) {
          for (const intervalMillis of [1_000, 60_000, ...strange]) {
            socket.send(JSON.stringify({ type: 'tick', sequence, time: '', sentAt, intervalMillis }));
          }
          const stamps = { clientSentAt: sequence, serverReceivedAt: sentAt, serverSentAt: sequence };
          say(socket, { type: 'sync', ...stamps });
        }
      }
    });
    const page = await pages.open(t, `${url}?until=0`);
    // An invalid tick counts as a text.
    await page.locator('#log li').nth(199).waitFor();

    const longestMillis = await longestFrame(page, 1_500);

    assert.ok(longestMillis < 500, `a frame of ${longestMillis} ms`);
    await page.getByRole('button', { name: 'Disconnect' }).click({ timeout: 1_000 });
    await waitForState(page, 'closed');
  });
});

function say(socket: WebSocket, message: ServerMessage): void {
  socket.send(formatMessage(message));
}

function tickEachSecond(socket: WebSocket): void {
  const tick = () => {
    const now = Date.now();
    socket.send(tickFormatter(Math.floor(now / 1000), 1000)(now));
  };
  tick();
  const timer = setInterval(tick, 1000);
  socket.on('close', () => clearInterval(timer));
}

async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}

/** @returns a function that returns the number of new entries at each change of the list */
async function countAdditions(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(`globalThis.additions = [];
    new MutationObserver((records) => additions.push(...records.map(({ addedNodes }) => addedNodes.length)))
      .observe(document.getElementById('log'), { childList: true });`);
  return () => page.evaluate<number[]>('additions');
}

/** @returns the longest time between two frames, in milliseconds */
function longestFrame(page: Page, forMillis: number): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const begin = performance.now();
    let last = begin, longest = 0;
    requestAnimationFrame(function frame(now) {
      longest = Math.max(longest, now - last);
      last = now;
      if (now - begin > ${forMillis}) resolve(longest);
      else requestAnimationFrame(frame);
    });
  })`);
}
