// Clients that violate the rules of HTTP, the handshake and the @connections API on the local platform. No other viewer
// may be affected.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { makeSite } from '../../local/site.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { isConsecutive, TestViewer } from '../support/test-viewer.ts';

const HANDSHAKE =
  'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('the local platform', () => {
  let platform: LocalPlatform;
  let witness: TestViewer;
  before(async () => {
    platform = await startLocal({ site: await makeSite() });
    witness = await TestViewer.connect(platform.socketUrl);
    await witness.waitForTicks(1);
  });
  after(() => platform.dispose());

  async function open(): Promise<Socket> {
    const socket = connect(Number(new URL(platform.siteUrl).port), '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  /** @returns the status line, or '' if the connection ends without one */
  async function answer(request: string): Promise<string> {
    const socket = await open();
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      if (text.includes('\r\n')) socket.destroy();
    });
    socket.write(request);
    await once(socket, 'close');
    return text.split('\r\n', 1)[0] ?? '';
  }

  const requests: [string, string, string][] = [
    ['no HTTP at all', 'hello\r\n\r\n', 'HTTP/1.1 400 Bad Request'],
    [
      'a header that is too large',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      'HTTP/1.1 431 Request Header Fields Too Large',
    ],
    ['an upgrade elsewhere', `GET /elsewhere HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 404 Not Found'],
    ['an upgrade of //websocket', `GET //websocket HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 404 Not Found'],
    ['an upgrade below the stage', `GET /websocket/x HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 403 Forbidden'],
    [
      'an upgrade to HTTP/2',
      'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
      'HTTP/1.1 200 OK',
    ],
    ['a range that runs backwards', 'GET / HTTP/1.1\r\nHost: x\r\nRange: bytes=5-1\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['a malformed query', `GET /websocket?%&=&%zz HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 101 Switching Protocols'],
    ['an id of control characters', `GET /websocket?id=a%0d%0ab HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 400 Bad Request'],
    ['a later version', `GET /websocket HTTP/1.1\r\n${HANDSHAKE.replace('13', '14')}`, 'HTTP/1.1 426 Upgrade Required'],
    [
      'the version of a draft',
      `GET /websocket HTTP/1.1\r\n${HANDSHAKE.replace('13', '8')}`,
      'HTTP/1.1 426 Upgrade Required',
    ],
    ['HTTP/1.0', `GET /websocket HTTP/1.0\r\n${HANDSHAKE}`, 'HTTP/1.1 505 HTTP Version Not Supported'],
    [
      'an offer of h2c too',
      `GET /websocket HTTP/1.1\r\n${HANDSHAKE.replace('websocket', 'h2c, WebSocket')}`,
      'HTTP/1.1 101 Switching Protocols',
    ],
    ['an absolute form', `GET http://x/websocket HTTP/1.1\r\n${HANDSHAKE}`, 'HTTP/1.1 101 Switching Protocols'],
    ['the page in absolute form', 'GET http://x HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 200 OK'],
    ['a wrong key', `GET /websocket HTTP/1.1\r\n${HANDSHAKE.replace('==', '')}`, 'HTTP/1.1 400 Bad Request'],
    ['no upgrade', 'GET /websocket HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 426 Upgrade Required'],
    [
      'a POST without a signature',
      'POST /websocket/@connections/x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
      'HTTP/1.1 403 Forbidden',
    ],
    ['a malformed path', 'GET /websocket/@connections/%zz HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 403 Forbidden'],
  ];
  for (const [what, request, status] of requests) {
    it(`answers ${what} with ${status.slice('HTTP/1.1 '.length)}`, async () => {
      assert.equal(await answer(request), status);
    });
  }

  it('names the version that it accepts when it refuses another', async () => {
    const socket = await open();
    socket.write(`GET /websocket HTTP/1.1\r\n${HANDSHAKE.replace('13', '14')}`);
    const [head] = await once(socket, 'data');

    assert.match(String(head), /^HTTP\/1\.1 426 Upgrade Required\r\n(.+\r\n)*Sec-WebSocket-Version: 13\r\n/);
  });

  const departures: [string, string][] = [
    ['in mid-request', 'GET /websocket HTTP/1.1\r\nHost:'],
    ['right after its handshake', `GET /websocket HTTP/1.1\r\n${HANDSHAKE}`],
    ['right after a handshake elsewhere', `GET /elsewhere HTTP/1.1\r\n${HANDSHAKE}`],
    ['right after a handshake that is refused', `GET /websocket/x HTTP/1.1\r\n${HANDSHAKE}`],
    ['in the middle of a body', 'POST /websocket/@connections/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx'],
  ];
  for (const [when, request] of departures) {
    it(`continues after a client has reset the connection ${when}`, async () => {
      for (let n = 0; n < 20; n++) {
        const socket = await open();
        await new Promise((resolve) => socket.write(request, resolve));
        socket.resetAndDestroy();
      }

      const viewer = await TestViewer.connect(platform.socketUrl);
      await viewer.message('tick');
      await viewer.close();
    });
  }

  it('closes the connections of refused clients, which do not delay its stop', async () => {
    const own = await startLocal();
    const socket = connect({ port: Number(new URL(own.siteUrl).port), host: '127.0.0.1', allowHalfOpen: true });
    socket.write(`GET /elsewhere HTTP/1.1\r\n${HANDSHAKE}`);
    const [text] = await once(socket, 'data');
    assert.match(String(text), /^HTTP\/1\.1 404 Not Found/);

    await own.dispose();
    socket.destroy();
  });

  it('has sent every tick to a viewer during these tests', async () => {
    await witness.waitForTicks(witness.ticks.length + 1);

    assert.ok(isConsecutive(witness.ticks), JSON.stringify(witness.ticks));
    assert.equal(witness.socket.readyState, witness.socket.OPEN);
  });
});
