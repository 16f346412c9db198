import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { postSigner } from '../../support/signed-post.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { TestViewer } from '../../support/test-viewer.ts';

/** A gateway with one viewer, and a raw TCP connection to its @connections API. */
async function start(t: TestContext) {
  const connected = Promise.withResolvers<string>();
  const { socketUrl, endpoint, server } = await startTestGateway(t, {
    $connect: ({ requestContext }) => {
      connected.resolve(requestContext.connectionId);
      return { statusCode: 200 };
    },
  });
  const viewer = await TestViewer.connect(socketUrl);
  const { hostname, port } = new URL(endpoint);
  const open = async () => {
    const socket = connect(Number(port), hostname).setNoDelay();
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return socket;
  };
  return { viewer, id: await connected.promise, sign: postSigner(endpoint), open, server };
}

/** Reads the header of the next answer. All answers here are small, so they arrive with it. */
async function answer(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data');
  return chunk.toString();
}

describe('the @connections API', () => {
  it('finds a connection by each encoding of its path', async (t) => {
    const { viewer, id, sign, open } = await start(t);
    const socket = await open();
    const bare = id.slice(0, -1);
    const paths = ['@', '%40'].flatMap((at) => ['=', '%3D', '%3d'].map((end) => `/${at}connections/${bare}${end}`));

    for (const path of [...paths, `/%40connection%73/${bare}%3D`]) {
      socket.write(await sign(path, path));
      assert.match(await answer(socket), /^HTTP\/1\.1 200 OK\r\n/, path);
      await viewer.text((text) => text === path);
    }
  });

  it('has no other paths', async (t) => {
    const { id, sign, open } = await start(t);
    const socket = await open();
    const last = encodeURIComponent(id);

    for (const path of [`/@connections/${last}/`, `/@connections//${last}`, '/@connections/%zz']) {
      socket.write(await sign(path, 'text'));
      assert.match(await answer(socket), /^HTTP\/1\.1 403 /, path);
    }
    // The answer for every path of the stage without a handshake.
    socket.write(await sign(`/connections/${last}`, 'text'));
    assert.match(await answer(socket), /^HTTP\/1\.1 426 /);
  });

  it('gives each answer unique identifiers', async (t) => {
    const { id, sign, open } = await start(t);
    const socket = await open();
    const seen = new Set<string>();

    for (let n = 0; n < 3; n++) {
      socket.write(await sign(`/@connections/${encodeURIComponent(id)}`, 'text'));
      const head = await answer(socket);
      assert.match(head, /\r\ncontent-type: application\/json\r\ncontent-length: 0\r\n/);
      for (const form of [
        /\r\nx-amzn-requestid: ([0-9a-f-]{36})\r\n/,
        /\r\nx-amz-apigw-id: ([A-Za-z0-9_-]{15}=)\r\n/,
        /\r\nx-amzn-trace-id: (Root=1-[0-9a-f]{8}-[0-9a-f]{24})\r\n/,
      ]) {
        seen.add(form.exec(head)?.[1] ?? '');
      }
    }

    assert.equal(seen.has(''), false);
    assert.equal(seen.size, 9);
  });

  for (const [what, change] of [
    [
      'offers an upgrade to HTTP/2, as Java’s HttpClient does',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n',
    ],
    ['offers WebSocket and HTTP/2', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
    ['offers an upgrade to HTTP/2 and TLS', 'Connection: Upgrade\r\nUpgrade: h2c, TLS/1.0\r\n'],
  ] as const) {
    it(`accepts a POST that ${what}`, async (t) => {
      const { viewer, id, sign, open } = await start(t);
      const socket = await open();
      const request = String(await sign(`/@connections/${encodeURIComponent(id)}`, 'with its body'));

      socket.write(request.replace('connection: keep-alive\r\n', change));

      assert.match(await answer(socket), /^HTTP\/1\.1 200 OK\r\n/);
      assert.equal(await viewer.text(() => true), 'with its body');
    });
  }

  it('accepts a POST whose target is in absolute form', async (t) => {
    const { viewer, id, sign, open } = await start(t);
    const socket = await open();
    const request = String(await sign(`/@connections/${encodeURIComponent(id)}`, 'now'));

    socket.write(request.replace('POST /', 'POST http://gateway.example:80/'));

    assert.match(await answer(socket), /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(await viewer.text(() => true), 'now');
  });

  it('handles simultaneous requests in order: after DELETE the connection is gone', async (t) => {
    const { viewer, id, sign, open } = await start(t);
    const socket = await open();
    const path = `/@connections/${encodeURIComponent(id)}`;
    socket.write(
      Buffer.concat([await sign(path, 'before'), await sign(path, '', 'DELETE'), await sign(path, 'after')]),
    );

    let answers = '';
    while ((answers.match(/HTTP/g) ?? []).length < 3) answers += await answer(socket);
    assert.deepEqual(answers.match(/HTTP\/1\.1 (\d+)/g), ['HTTP/1.1 200', 'HTTP/1.1 204', 'HTTP/1.1 410']);
    assert.equal((await viewer.closed).code, 1000);
    assert.deepEqual(viewer.texts, ['before']);
  });

  it('accepts a body that arrives in chunks', async (t) => {
    const { viewer, id, sign, open } = await start(t);
    const socket = await open();
    const body = 'Grüße 🕰️ '.repeat(500);
    const request = await sign(`/@connections/${encodeURIComponent(id)}`, body);

    for (let start = 0; start < request.length; start += 1_500) {
      await new Promise((resolve) => socket.write(request.subarray(start, start + 1_500), resolve));
    }

    assert.match(await answer(socket), /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(await viewer.text(() => true), body);
  });

  it('continues after a client has left in the middle of a body', async (t) => {
    const { viewer, id, sign, open, server } = await start(t);
    const path = `/@connections/${encodeURIComponent(id)}`;
    const [leaving, staying] = [await open(), await open()];

    const half = await sign(path, 'half');
    leaving.write(half.subarray(0, -2));
    const [request] = await once(server, 'request');
    leaving.resetAndDestroy();
    await new Promise((resolve) => request.once('close', resolve));
    staying.write(await sign(path, 'whole'));

    assert.match(await answer(staying), /^HTTP\/1\.1 200 OK\r\n/);
    await viewer.text((text) => text === 'whole');
    assert.deepEqual(viewer.texts, ['whole']);
  });
});
