// The limits of the gateway, in addition to test/conformance.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { LimitExceededException, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import type { Limits } from '../../../local/gateway/limits.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { TestViewer } from '../../support/test-viewer.ts';

async function start(t: TestContext, limits: Partial<Limits>) {
  const connectionIds: string[] = [];
  const $connect = ({ requestContext }: { requestContext: { connectionId: string } }) => {
    connectionIds.push(requestContext.connectionId);
    return { statusCode: 200 };
  };
  return { ...(await startTestGateway(t, { $connect }, { limits })), connectionIds };
}

describe('a reply', () => {
  it('is replaced by an error if it exceeds the size of a message', async (t) => {
    const { socketUrl } = await startTestGateway(
      t,
      { $default: () => ({ statusCode: 200, body: 'x'.repeat(1_001) }) },
      { limits: { messageBytes: 1_000 } },
    );
    const viewer = await TestViewer.connect(socketUrl);
    viewer.send('');

    assert.match(await viewer.text(() => true), /^\{"message": "Internal server error"/);
    await viewer.close();
  });

  it('follows each message of a client that reads again, with any size of the send buffer', async (t) => {
    const handlers = { $default: () => ({ statusCode: 200, body: 'x'.repeat(30_000) }) };
    const { socketUrl } = await startTestGateway(t, handlers, { limits: { sendBufferBytes: 1 } });
    const viewer = await TestViewer.connect(socketUrl);
    viewer.socket.pause();
    // More than the kernel buffers.
    const messages = 1_000;
    for (let message = 0; message < messages; message++) viewer.send('x');
    await sleep(300);
    viewer.socket.resume();

    await viewer.text(() => viewer.texts.length === messages);
    await viewer.close();
  });

  it('waits with the messages of a client that does not read', async (t) => {
    let count = 0;
    const handlers = { $default: () => ({ statusCode: 200, body: `${++count}${'x'.repeat(100_000)}` }) };
    const { socketUrl } = await startTestGateway(t, handlers, { limits: { sendBufferBytes: 100_000 } });
    const viewer = await TestViewer.connect(socketUrl);
    viewer.socket.pause();
    for (let message = 0; message < 500; message++) viewer.send('x');
    for (let seen = -1; seen !== count; await sleep(100)) seen = count;

    assert.ok(count < 200, `${count} of 500 were handled`);
    viewer.socket.resume();
    await viewer.text((text) => text.startsWith('500x'));
    await viewer.close();
  });
});

describe('the throttle of the gateway', () => {
  it('answers handshakes with 429', async (t) => {
    const { socketUrl } = await start(t, { newConnectionsPerSecond: 1 });
    await TestViewer.connect(socketUrl);

    assert.equal(await TestViewer.handshakeStatus(socketUrl), 429);
  });
});

describe('a connection, when the wall clock is set', () => {
  for (const [direction, stepMillis] of [
    ['back', -600_000],
    ['ahead', 600_000],
  ] as const) {
    it(`${direction}, stays open while it is used, and ends after the idle timeout`, async (t) => {
      const { socketUrl } = await start(t, { idleMillis: 500 });
      const viewer = await TestViewer.connect(socketUrl);
      let isOpen = true;
      viewer.closed.then(() => {
        isOpen = false;
      });
      const realNow = Date.now;
      t.mock.method(Date, 'now', () => realNow() + stepMillis);

      for (let count = 0; count < 8; count++) {
        viewer.send('x');
        await sleep(150);
      }

      assert.ok(isOpen);
      const idleMillis = performance.now();
      assert.equal((await viewer.closed).code, 1001);
      assert.ok(performance.now() - idleMillis < 1_500);
    });
  }

  it('ahead, lasts until its maximum duration', async (t) => {
    const { socketUrl } = await start(t, { connectionMillis: 1_000 });
    const viewer = await TestViewer.connect(socketUrl);
    const startMillis = performance.now();
    const realNow = Date.now;
    t.mock.method(Date, 'now', () => realNow() + 600_000);

    assert.equal((await viewer.closed).code, 1001);
    const lastedMillis = performance.now() - startMillis;
    assert.ok(lastedMillis > 800 && lastedMillis < 1_500, `${lastedMillis} ms`);
  });
});

describe('a handshake', () => {
  it('with another stage is refused', async (t) => {
    const { socketUrl } = await start(t, {});

    assert.equal(await TestViewer.handshakeStatus(socketUrl.replace(/dev$/, 'prod')), 403);
  });

  it('is refused if its URL is too long', async (t) => {
    const { socketUrl } = await start(t, {});
    const path = new URL(socketUrl).pathname;
    const query = (length: number) => `?q=${'x'.repeat(length - path.length - 3)}`;

    assert.equal(await TestViewer.handshakeStatus(socketUrl + query(4_097)), 414);
  });
});

describe('a client that reads nothing', () => {
  /** A handwritten handshake, for a socket that stops reading. */
  async function connectDeaf(t: TestContext, socketUrl: string): Promise<Socket> {
    const { hostname, port, pathname } = new URL(socketUrl);
    const socket = connect({ port: Number(port), host: hostname === 'localhost' ? '127.0.0.1' : hostname });
    t.after(() => socket.destroy());
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await once(socket, 'data');
    socket.pause();
    return socket;
  }

  it('fills its buffer: posts to it then get 429, others are served, and it can catch up', async (t) => {
    const { socketUrl, client, connectionIds } = await start(t, { sendBufferBytes: 64 * 1024 });
    const deaf = await connectDeaf(t, socketUrl);
    const viewer = await TestViewer.connect(socketUrl);
    const post = (ConnectionId: string | undefined, Data: string) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data }));
    const fill = async () => {
      for (let count = 0; count < 500; count++) await post(connectionIds[0], 'x'.repeat(100_000));
    };

    await assert.rejects(fill(), LimitExceededException);
    await post(connectionIds[1], 'to the other');
    await viewer.text((text) => text === 'to the other');
    deaf.resume();
    for (let isServed = false; !isServed; ) {
      isServed = await post(connectionIds[0], 'again').then(
        () => true,
        () => false,
      );
    }
    await viewer.close();
  });
});
