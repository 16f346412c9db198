// Behaviour of the clock for its clients, except ticks, on any deployment.

import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { TestViewer } from '../support/test-viewer.ts';

/** @param start called once before the tests; returns `ws(s)://…/websocket` */
export function describeApplication(name: string, start: () => Promise<string>): void {
  describe(`the clock on ${name}`, () => {
    let socketUrl: string;
    before(async () => {
      socketUrl = await start();
    });

    it('gives each connection a unique id, also if viewers use the same id', async () => {
      const ids = new Set<string>();
      for (let count = 0; count < 2; count++) {
        const viewer = await TestViewer.connect(`${socketUrl}?id=12`);
        viewer.send('who am I?');
        ids.add((await viewer.message('received')).connectionId);
        await viewer.close();
      }

      assert.equal(ids.size, 2);
    });

    it('answers sync through the route response, with the times of the server', async () => {
      const viewer = await TestViewer.connect(socketUrl);

      viewer.send('{"action":"sync","clientSentAt":12.5}');

      const { clientSentAt, serverReceivedAt, serverSentAt } = await viewer.message('sync');
      assert.equal(clientSentAt, 12.5);
      assert.ok(Number.isInteger(serverReceivedAt) && Number.isInteger(serverSentAt));
      assert.ok(Math.abs(serverSentAt - serverReceivedAt) < 30_000);
      await viewer.close();
    });

    it('refuses an id that is too long', async () => {
      assert.equal(await TestViewer.handshakeStatus(`${socketUrl}?id=${'x'.repeat(129)}`), 400);
    });

    it('refuses a foreign origin', async () => {
      const origin = 'https://evil.example';
      assert.equal(await TestViewer.handshakeStatus(socketUrl, { origin }), 403);
    });
  });
}
