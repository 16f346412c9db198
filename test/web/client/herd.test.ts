// A thousand clients of the real gateway whose connections are closed at once, as after a failure of a deployment or a
// network.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClockClient } from '../../../web/src/client/index.ts';
import { startTestGateway } from '../../support/test-gateway.ts';

const CLIENTS = 1_000;
const WINDOW_MILLIS = 4_000;

describe('a thousand clients that are disconnected at once', () => {
  it('reconnect evenly over their window, within the rate of API Gateway', async (t) => {
    const connectionIds: string[] = [];
    const $connect = (event: { requestContext: { connectionId: string } }) => {
      connectionIds.push(event.requestContext.connectionId);
      return { statusCode: 200 };
    };
    const { socketUrl, gateway } = await startTestGateway(t, { $connect });
    let refusals = 0;
    /** Time from each disconnect to the next attempt, without the delays of the machine. */
    const waits: number[] = [];
    const clients = Array.from({ length: CLIENTS }, () => {
      let cutMillis: number | undefined;
      const openSocket = (url: string) => {
        if (cutMillis !== undefined) waits.push(performance.now() - cutMillis);
        return new WebSocket(url);
      };
      const client = new ClockClient(socketUrl, { reconnectWindowMillis: WINDOW_MILLIS, ports: { openSocket } });
      client.on('disconnect', () => {
        refusals++;
        cutMillis = performance.now();
      });
      return client;
    });
    t.after(() => {
      for (const client of clients) client.close();
    });
    for (const [index, client] of clients.entries()) {
      client.connect();
      if (index % 50 === 49) await sleep(150);
    }
    while (connectionIds.length < CLIENTS || gateway.connectionCount < CLIENTS) await sleep(50);
    refusals = 0;
    waits.length = 0;

    for (const id of connectionIds.splice(0)) gateway.cut(id);
    while (connectionIds.length < CLIENTS) await sleep(50);

    assert.equal(refusals, CLIENTS, 'each was cut once, and none was refused');
    const counts = Array<number>(8).fill(0);
    for (const millis of waits) {
      const slice = Math.min(Math.floor((millis * counts.length) / WINDOW_MILLIS), counts.length - 1);
      counts[slice] = (counts[slice] ?? 0) + 1;
    }
    // 125 each, plus four standard deviations and the delays of a busy machine.
    assert.ok(Math.max(...counts) < 220 && Math.min(...counts) > 60, counts.join(' '));
  });
});
