// A thousand clients of three cells, one of which is killed. Runs alone, because it needs all of two cores. `SEED=n`
// changes the order of the cells.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { ClockClient } from '../../web/src/client/index.ts';
import { socketUrls } from '../../web/src/socket-urls.ts';
import { startCellProcesses } from '../support/cell-processes.ts';
import { makeRandom } from '../support/timeline.ts';

const SECOND = 1_000;

describe('a thousand clients of three cells', () => {
  const CLIENTS = 1_000;
  /** The two other cells have slightly more places than there are clients. */
  const MAX_VIEWERS = 510;
  const SEED = Number(process.env.SEED ?? 1);

  it('fill no cell beyond its maxViewers, and spread over both others when one is killed', async (t) => {
    const cells = await startCellProcesses(t, 3, { maxViewers: MAX_VIEWERS });
    const sockets = new Map(cells.map(({ socketUrl }) => [new URL(socketUrl).host, new Set<WebSocket>()]));
    const openSocket = (url: string) => {
      const socket = new WebSocket(url);
      const ofCell = sockets.get(new URL(url).host);
      socket.on('open', () => ofCell?.add(socket));
      socket.on('close', () => ofCell?.delete(socket));
      return socket;
    };
    const random = makeRandom(SEED);
    const ofPage = cells.map(({ socketUrl }) => socketUrl).join(' ');
    const clients = Array.from({ length: CLIENTS }, (_, n) => {
      const urls = socketUrls(ofPage, cells[0]?.siteUrl ?? '', String(n), random);
      return new ClockClient(urls, { ports: { openSocket } });
    });
    t.after(() => {
      for (const client of clients) client.close();
    });
    const viewers = () => [...sockets.values()].map(({ size }) => size);
    const most = cells.map(() => 0);
    const watching = setInterval(() => {
      for (const [n, size] of viewers().entries()) most[n] = Math.max(most[n] ?? 0, size);
    }, 10);
    t.after(() => clearInterval(watching));
    const allHaveTicks = async () => {
      const before = clients.map(({ received }) => received);
      const startMillis = performance.now();
      while (clients.some(({ state, received }, n) => state !== 'open' || received <= (before[n] ?? 0) + 1)) {
        assert.ok(performance.now() - startMillis < 60 * SECOND, `${viewers()} viewers after a minute`);
        await sleep(100);
      }
      return Math.round(performance.now() - startMillis);
    };

    // Slow enough for cells that have just started, so that only missing places send clients to another cell.
    for (const [n, client] of clients.entries()) {
      client.connect();
      if (n % 10 === 9) await sleep(100);
    }
    await allHaveTicks();
    const before = viewers();
    assert.ok(Math.min(...before) > 0, `${before} viewers`);
    await cells[0]?.kill();
    const millis = await allHaveTicks();

    t.diagnostic(`${before} viewers, then ${viewers()}; all had two ticks after ${millis} ms`);
    const [killed, second = 0, third = 0] = viewers();
    assert.deepEqual([killed, second + third], [0, CLIENTS]);
    // Each of the two cells is the second choice of about half of the clients.
    assert.ok(Math.min(second, third) > CLIENTS / 3, `${second} and ${third} viewers`);
    assert.ok(Math.max(...most) <= MAX_VIEWERS, `at most ${most} viewers`);
  });
});
