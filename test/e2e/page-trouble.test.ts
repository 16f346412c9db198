// Failures while a page is open: servers that restart, refuse, stop sending or dismiss it, networks and tabs that
// disappear and return, and connections that the gateway closes.

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Page } from 'playwright-core';
import { CREDENTIALS, REGION } from '../../local/deployment.ts';
import { makeSite } from '../../local/site.ts';
import { type LocalOptions, type LocalPlatform, startLocal } from '../../local/start-local.ts';
import {
  LOST_CONNECTION,
  logEntries,
  nextSecond,
  readClock,
  record,
  shown,
  TestPages,
  waitForCount,
  waitForState,
} from '../support/test-pages.ts';

describe('the page during failures', { concurrency: 3 }, () => {
  let site: RequestListener;
  let pages: TestPages;
  /** Shared platform for tests that do not change it. */
  let shared: LocalPlatform;

  before(async () => {
    [site, pages] = await Promise.all([makeSite(), TestPages.start()]);
    shared = await startLocal({ site });
  });
  after(async () => {
    await shared?.dispose();
    await pages?.dispose();
  });

  /** Starts a platform for one test. It stops after the pages of the test. */
  async function start(t: TestContext, options: LocalOptions = {}): Promise<LocalPlatform> {
    const platform = await startLocal({ site, ...options });
    t.after(async () => {
      await pages.close(t);
      await platform.dispose();
    });
    return platform;
  }

  it('loses no tick and shows none twice over ten renewals of its connection', async (t) => {
    // The gateway's two hours and the client's hour and three quarters are both shortened. The difference between them
    // is as long as a handshake on a busy machine.
    const platform = await start(t, { limits: { connectionMillis: 10_000 } });
    const initScript = `{ const original = setTimeout;
      globalThis.setTimeout = (callback, millis) => original(callback, millis > 6e6 ? millis / 6_600 : millis); }`;
    const page = await pages.open(t, platform.siteUrl, { initScript });
    await page.locator('#renewals', { hasText: '10' }).waitFor({ timeout: 90_000 });

    assert.deepEqual(await counts(page), { missed: '0', doubled: '0', reconnects: '0' });
    const numbers = (await logEntries(page, 'tick').allTextContents()).map((text) => Number(/\d+/.exec(text)?.[0]));
    assert.ok(numbers.length > 10);
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
    );
  });

  it('shows within four seconds that ticks are missing, continues to show the time, and recovers', async (t) => {
    const platform = await start(t);
    const page = await pages.open(t, platform.siteUrl);
    await logEntries(page, 'tick').first().waitFor();
    const recorded = await record(page, 'ticks', 'state', 'last-tick');
    await logEntries(page, 'tick').nth(2).waitFor();
    platform.setFaults({ requests: { failing: 1 } });
    await waitForState(page, 'stale');
    await nextSecond(page);
    const { shownMillis, atMillis } = await readClock(page);
    const { changes } = await recorded();
    const last = (id: string) => changes.findLast((change) => change.id === id);
    assert.equal(last('state')?.text, 'Connected, but no ticks arrive');
    const millis = (last('state')?.atMillis ?? 0) - (last('ticks')?.atMillis ?? 0);
    assert.ok(millis > 3_000 && millis < 4_000, `${millis} ms after the last tick`);
    assert.ok(changes.some(({ text }) => /^Last tick [34] s ago$/.test(text)));
    assert.ok(Math.abs(atMillis - shownMillis) < 1_500, `${atMillis - shownMillis} ms`);

    platform.setFaults({});
    await waitForState(page, 'open');
    assert.ok(Number(await shown(page, 'missed')) >= 3);
    assert.equal(await shown(page, 'reconnects'), '0');
  });

  it('reconnects to a server that restarts', async (t) => {
    const platform = await startLocal({ site });
    const port = Number(new URL(platform.siteUrl).port);
    const page = await pages.open(t, platform.siteUrl, { allowed: LOST_CONNECTION });
    await logEntries(page, 'tick').first().waitFor();

    await platform.dispose();
    await waitForState(page, 'reconnecting');
    assert.equal(await shown(page, 'state'), 'No connection, trying again…');
    await logEntries(page, 'trouble').filter({ hasText: '(1001: the server is shutting down)' }).waitFor();
    await logEntries(page, 'state').filter({ hasText: 'Connection closed (1001: the server' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Send' }).isDisabled(), true);
    await start(t, { port });

    // The delays between attempts double, and a busy machine starts slowly.
    await waitForState(page, 'open', 40_000);
    const ticks = Number(await shown(page, 'ticks'));
    await waitForCount(page, 'ticks', ticks + 2);
    assert.equal(await shown(page, 'reconnects'), '1');
    assert.equal(await shown(page, 'doubled'), '0');
  });

  it('waits for a place if all are taken', async (t) => {
    const platform = await start(t, { maxViewers: 1 });
    const first = await pages.open(t, platform.siteUrl);
    // The place is counted when the runner reads the roster.
    await logEntries(first, 'tick').nth(1).waitFor();
    const second = await pages.open(t, platform.siteUrl, { allowed: LOST_CONNECTION });
    await waitForState(second, 'reconnecting');
    await logEntries(second, 'state').filter({ hasText: 'Connection closed (1006)' }).first().waitFor();

    await first.getByRole('button', { name: 'Disconnect' }).click();

    // The longest delay between two attempts is 30 s.
    await waitForState(second, 'open', 40_000);
  });

  it('stays disconnected when the server dismisses it, until the user reconnects', async (t) => {
    const page = await pages.open(t, shared.siteUrl);
    const connectionId = connectionIdOf(page);
    await page.reload();
    await waitForState(page, 'open');

    await post(shared, await connectionId, '{"type":"closing","code":4001,"reason":"the sale is over"}');

    await waitForState(page, 'closed');
    await logEntries(page, 'trouble').filter({ hasText: '(4001: the sale is over)' }).waitFor();
    await page.waitForTimeout(3_000);
    assert.equal(await shown(page, 'state'), 'Not connected');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await waitForState(page, 'open');
  });

  it('reconnects when the network is back', async (t) => {
    const page = await pages.open(t, shared.siteUrl, { allowed: LOST_CONNECTION });
    await logEntries(page, 'tick').first().waitFor();

    await page.context().setOffline(true);
    await page.locator('#state:not([data-state="open"])').waitFor();
    await page.context().setOffline(false);

    await waitForState(page, 'open');
  });

  // Headless Chromium has no back/forward cache, so the test dispatches its events.
  it('has no connection while it is in the back/forward cache, and connects when it returns', async (t) => {
    const page = await pages.open(t, 'about:blank');
    const closed = new Promise((resolve) => page.on('websocket', (socket) => socket.on('close', resolve)));
    await page.goto(shared.siteUrl);
    await logEntries(page, 'tick').nth(1).waitFor();

    await page.evaluate('dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }))');
    await closed;
    await page.waitForTimeout(2_000);
    assert.equal(await shown(page, 'missed'), '0');
    await page.evaluate('dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))');

    await waitForState(page, 'open');
    await page.locator('#missed').filter({ hasNotText: /^0$/ }).waitFor();
    assert.equal(await shown(page, 'doubled'), '0');
    assert.equal(await shown(page, 'reconnects'), '1');
  });

  for (const [name, limits] of [
    ['slept', {}],
    ['slept past the gateway’s cut', { connectionMillis: 4_000 }],
  ] as const) {
    it(`shows the right time as soon as a tab that ${name} is visible again`, async (t) => {
      const platform = await start(t, { limits });
      const page = await pages.open(t, platform.siteUrl);
      await logEntries(page, 'tick').first().waitFor();
      const session = await page.context().newCDPSession(page);

      await session.send('Page.setWebLifecycleState', { state: 'frozen' });
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await session.send('Page.setWebLifecycleState', { state: 'active' });

      const { shownMillis, atMillis } = await readClock(page, 100);
      const lateness = atMillis - shownMillis;
      assert.ok(lateness > -50 && lateness < 1_100, `${lateness} ms`);
      if (name !== 'slept') await waitForCount(page, 'reconnects', 1);
      await waitForState(page, 'open');
      await page
        .locator('#ticks')
        .filter({ hasNotText: await shown(page, 'ticks') })
        .waitFor();
      const { missed, doubled, reconnects } = await counts(page);
      assert.equal(doubled, '0');
      if (name === 'slept') assert.deepEqual([missed, reconnects], ['0', '0']);
    });
  }
});

async function counts(page: Page) {
  return {
    missed: await shown(page, 'missed'),
    doubled: await shown(page, 'doubled'),
    reconnects: await shown(page, 'reconnects'),
  };
}

/** Returns the id of the page's next connection, which the server sends when it acknowledges the greeting. */
function connectionIdOf(page: Page): Promise<string> {
  return new Promise((resolve) => {
    page.on('websocket', (socket) =>
      socket.on('framereceived', ({ payload }) => {
        const { connectionId } = JSON.parse(String(payload));
        if (connectionId !== undefined) resolve(connectionId);
      }),
    );
  });
}

async function post(platform: LocalPlatform, connectionId: string, text: string): Promise<void> {
  const client = new ApiGatewayManagementApiClient({
    endpoint: platform.connectionsEndpoint,
    region: REGION,
    credentials: CREDENTIALS,
  });
  await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: text }));
  client.destroy();
}
