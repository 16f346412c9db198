// Handwritten frames (RFC 6455, sections 5 and 7.4): the allowed ones, and those that end the connection.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { startTestGateway } from '../../support/test-gateway.ts';

const FIN = 0x80;
const MASKED = 0x80;
const CONTINUATION = 0x0;
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** Masked with zeros, so that the payload is unchanged. */
function frame(head: number, payload: string | Buffer, mask = MASKED): Buffer {
  const data = Buffer.from(payload);
  assert.ok(data.length < 126);
  return Buffer.concat([Buffer.from([head, mask | data.length]), Buffer.alloc(mask === MASKED ? 4 : 0), data]);
}

function closeFrame(code: number): Buffer {
  return frame(FIN | CLOSE, Buffer.from([code >> 8, code & 0xff]));
}

/** A connection after its handshake, and its `$disconnect` event. */
async function open(t: TestContext) {
  const bodies: string[] = [];
  const ended = Promise.withResolvers<number>();
  const { socketUrl, gateway } = await startTestGateway(t, {
    $default({ body }) {
      bodies.push(body);
      return { statusCode: 200, body };
    },
    $disconnect: ({ requestContext }) => ended.resolve(requestContext.disconnectStatusCode),
  });
  const socket = connect(Number(new URL(socketUrl).port), '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(
    'GET /dev HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1\.1 101 /);
  return { socket, gateway, bodies, ended: ended.promise };
}

/** Reads the next frame of the server, which sends each frame in one chunk. */
async function nextFrame(socket: Socket): Promise<{ head: number; payload: Buffer }> {
  const [data] = (await once(socket, 'data')) as [Buffer];
  return { head: data[0] ?? 0, payload: data.subarray(2) };
}

describe('a frame', () => {
  const wrong: [string, Buffer, number][] = [
    ['without a mask', frame(FIN | TEXT, 'x', 0), 1002],
    ['with a reserved bit', frame(FIN | 0x40 | TEXT, 'x'), 1002],
    ['of an unknown kind', frame(FIN | 0x3, 'x'), 1002],
    ['that continues nothing', frame(FIN | CONTINUATION, 'x'), 1002],
    ['that begins a message within another', Buffer.concat([frame(TEXT, 'x'), frame(FIN | TEXT, 'y')]), 1002],
    ['of a ping in parts', frame(PING, 'x'), 1002],
    ['that is no UTF-8', frame(FIN | TEXT, Buffer.from([0xc3, 0x28])), 1007],
    [
      'with a length beyond all measure',
      Buffer.from([FIN | TEXT, MASKED | 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
      1009,
    ],
    ['that closes with a code that is not for the wire', closeFrame(1005), 1002],
    ['that closes with half a code', frame(FIN | CLOSE, Buffer.from([3])), 1002],
  ];
  for (const [what, bytes, code] of wrong) {
    it(`${what} ends the connection with ${code}, which $disconnect gets`, async (t) => {
      const { socket, ended, gateway } = await open(t);
      socket.write(bytes);
      const { head, payload } = await nextFrame(socket);

      assert.equal(head, FIN | CLOSE);
      assert.equal(payload.readUInt16BE(), code);
      socket.end();
      assert.equal(await ended, code);
      assert.equal(gateway.connectionCount, 0);
    });
  }

  it('may be one of many, with pings between them, and its text may be cut anywhere', async (t) => {
    const { socket } = await open(t);
    const clock = Buffer.from('🕰️');
    socket.write(frame(TEXT, clock.subarray(0, 2)));
    socket.write(frame(FIN | PING, 'are you there?'));
    const pong = await nextFrame(socket);
    socket.write(frame(CONTINUATION, ''));
    socket.write(frame(FIN | CONTINUATION, clock.subarray(2)));
    const reply = await nextFrame(socket);

    assert.deepEqual([pong.head, pong.payload.toString()], [FIN | PONG, 'are you there?']);
    assert.deepEqual([reply.head, reply.payload.toString()], [FIN | TEXT, '🕰️']);
  });

  it('that is too large ends the connection, and what came before it in the same piece is handled', async (t) => {
    const { socket, ended, bodies } = await open(t);
    const large = Buffer.alloc(32 * 1024 + 1, 'x');
    const head = Buffer.from([FIN | TEXT, MASKED | 126, large.length >> 8, large.length & 0xff, 0, 0, 0, 0]);
    const parts = [frame(TEXT, 'fi'), frame(FIN | PING, ''), frame(FIN | CONTINUATION, 'rst')];
    socket.write(Buffer.concat([...parts, frame(FIN | TEXT, 'second'), head, large, frame(FIN | TEXT, 'after')]));

    assert.equal((await nextFrame(socket)).head, FIN | PONG);
    socket.end();
    assert.equal(await ended, 1009);
    assert.deepEqual(bodies, ['first', 'second']);
  });

  it('may arrive byte by byte', async (t) => {
    const { socket } = await open(t);
    socket.setNoDelay();
    for (const byte of frame(FIN | TEXT, 'slow')) {
      socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }

    assert.equal((await nextFrame(socket)).payload.toString(), 'slow');
  });
});

describe('a client', () => {
  it('counts as gone when it closes its half of the TCP connection', async (t) => {
    const { socket, ended, gateway } = await open(t);
    socket.end();

    assert.equal(await ended, 1006);
    assert.equal(gateway.connectionCount, 0);
  });

  it('leaves nothing behind after any number of connections that end in any way', async (t) => {
    let disconnections = 0;
    const { socketUrl, gateway } = await startTestGateway(t, { $disconnect: () => disconnections++ });
    const cycles = 300;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const socket = new WebSocket(socketUrl);
      await once(socket, 'open');
      socket.close();
      await once(socket, 'close');
    }
    while (gateway.connectionCount > 0) await new Promise((resolve) => setTimeout(resolve, 5));

    assert.equal(disconnections, cycles);
  });
});
