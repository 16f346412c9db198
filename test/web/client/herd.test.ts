// A thousand clients of the real gateway whose connections are cut at once, as when a deployment or a network fails.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClockClient } from '../../../web/src/client/index.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const CLIENTS = 1_000;
const WINDOW_MILLIS = 4_000;

describe('a thousand clients that are cut at once', () => {
  it('return spread evenly over their window, within what API Gateway admits', async (t) => {
    const connectionIds: string[] = [];
    const arrivals: number[] = [];
    const $connect = (event: { requestContext: { connectionId: string } }) => {
      connectionIds.push(event.requestContext.connectionId);
      arrivals.push(performance.now());
      return { statusCode: 200 };
    };
    const { socketUrl, gateway } = await startTestGateway(t, { $connect });
    const clients = Array.from(
      { length: CLIENTS },
      () => new ClockClient(socketUrl, { reconnectWindowMillis: WINDOW_MILLIS }),
    );
    t.after(() => {
      for (const client of clients) client.close();
    });
    let refusals = 0;
    for (const [index, client] of clients.entries()) {
      client.on('disconnect', () => refusals++);
      client.connect();
      if (index % 50 === 49) await sleep(150);
    }
    while (gateway.connectionCount < CLIENTS) await sleep(50);
    refusals = 0;

    const cutMillis = performance.now();
    const cut = connectionIds.splice(0);
    arrivals.length = 0;
    for (const id of cut) gateway.cut(id);
    while (arrivals.length < CLIENTS) await sleep(50);

    assert.equal(refusals, CLIENTS, 'each was cut once, and none was refused');
    const counts = Array<number>(8).fill(0);
    for (const atMillis of arrivals) {
      const slice = Math.floor(((atMillis - cutMillis) * counts.length) / WINDOW_MILLIS);
      counts[Math.min(slice, counts.length - 1)] = (counts[Math.min(slice, counts.length - 1)] ?? 0) + 1;
    }
    // Of a fair share of 125, by four standard deviations and what a busy machine delays.
    assert.ok(Math.max(...counts) < 220 && Math.min(...counts) > 60, counts.join(' '));
  });
});
