// The local replacement of API Gateway's WebSocket APIs. An integration is the gateway's call of a function, with its
// own timeout. A stage is a deployment of the API; its name is the first part of the path.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { MAX_CONCURRENT_DISCONNECTS } from '../../../local/gateway/disconnects.ts';
import type { FunctionOutcome } from '../../../local/gateway/integration.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { TestViewer } from '../../support/test-viewer.ts';

// biome-ignore lint/suspicious/noExplicitAny: the tests compare raw events
type AnyEvent = any;

/** A gateway whose routes record their events and admit all clients. */
async function record(t: TestContext) {
  const events: AnyEvent[] = [];
  const disconnected = Promise.withResolvers<AnyEvent>();
  const recorder = (key: string) => (event: AnyEvent) => {
    events.push(event);
    if (key === '$disconnect') disconnected.resolve(event);
    return { statusCode: 200 };
  };
  const keys = ['$connect', '$disconnect', '$default'];
  const gateway = await startTestGateway(t, Object.fromEntries(keys.map((key) => [key, recorder(key)])));
  return { ...gateway, events, disconnected: disconnected.promise };
}

describe('the events of the gateway', () => {
  it('have no query keys without a query string, and no user agent without the header', async (t) => {
    const { socketUrl, events } = await record(t);

    await TestViewer.connect(socketUrl);

    assert.equal('queryStringParameters' in events[0], false);
    assert.equal('multiValueQueryStringParameters' in events[0], false);
    assert.deepEqual(events[0].requestContext.identity, { sourceIp: '127.0.0.1' });
  });

  const endings: [string, (viewer: TestViewer) => unknown, number, string][] = [
    ['with a code and a reason', (viewer) => viewer.close(3001, 'had enough'), 3001, 'had enough'],
    ['without a close frame', (viewer) => viewer.terminate(), 1006, ''],
  ];
  for (const [how, end, code, reason] of endings) {
    it(`contain the close code in $disconnect for a client that ends ${how}`, async (t) => {
      const { socketUrl, disconnected } = await record(t);
      const viewer = await TestViewer.connect(socketUrl);

      end(viewer);

      const { requestContext } = await disconnected;
      assert.equal(requestContext.disconnectStatusCode, code);
      assert.equal(requestContext.disconnectReason, reason);
    });
  }
});

describe('a handshake', () => {
  for (const [what, value, status] of [
    ['returns no status', {}, 502],
    ['returns nothing', undefined, 502],
    ['returns a status that is not a number', { statusCode: '200' }, 502],
    ['returns a text', 'ok', 502],
    ['returns a key that API Gateway does not allow', { statusCode: 200, message: 'ok' }, 502],
    ['returns a body that is not a text', { statusCode: 200, body: {} }, 502],
    ['returns a 1xx status', { statusCode: 101 }, 502],
    ['returns a 2xx status without a standard reason phrase', { statusCode: 299 }, 101],
    ['returns a 4xx status without a standard reason phrase', { statusCode: 499 }, 499],
  ] as const) {
    it(`ends with ${status} when $connect ${what}`, async (t) => {
      const { socketUrl, gateway } = await startTestGateway(t, { $connect: () => value });

      assert.equal(await TestViewer.handshakeStatus(socketUrl), status);
      assert.ok(status === 101 || gateway.connectionCount === 0);
    });
  }

  for (const [what, kind, status] of [
    ['is killed by its own timeout', 'timedOut', 502],
    ['is throttled', 'throttled', 500],
  ] as const) {
    it(`ends with ${status} when $connect ${what}`, async (t) => {
      const routes = { $connect: { invoke: async () => ({ kind }) } };
      const { socketUrl } = await startTestGateway(t, {}, { routes });

      assert.equal(await TestViewer.handshakeStatus(socketUrl), status);
    });
  }

  it('ends with 504 when $connect does not answer in time', async (t) => {
    const { socketUrl } = await startTestGateway(
      t,
      { $connect: () => new Promise(() => {}) },
      { limits: { integrationMillis: 50 } },
    );

    assert.equal(await TestViewer.handshakeStatus(socketUrl), 504);
  });

  it('is refused for a path below the path of the stage', async (t) => {
    const { socketUrl } = await startTestGateway(t, {});

    assert.equal(await TestViewer.handshakeStatus(`${socketUrl}/more`), 403);
  });

  it('causes a $disconnect if the client leaves while $connect runs, so that no row is left', async (t) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<object>();
    const disconnected = Promise.withResolvers<AnyEvent>();
    const { socketUrl, gateway, server } = await startTestGateway(t, {
      $connect: () => {
        asked.resolve();
        return answer.promise;
      },
      $disconnect: disconnected.resolve,
    });

    const left = new Promise((resolve) => {
      server.once('upgrade', (_, socket) => socket.once('end', resolve).once('close', resolve));
    });

    const viewer = new TestViewer(socketUrl);
    await asked.promise;
    viewer.terminate();
    await left;
    answer.resolve({ statusCode: 200 });

    const { requestContext } = await disconnected.promise;
    assert.equal(requestContext.disconnectStatusCode, 1006);
    assert.equal(gateway.connectionCount, 0);
  });
});

describe('a message', () => {
  const failing = async (t: TestContext, outcome: FunctionOutcome | Promise<FunctionOutcome>) => {
    const { socketUrl } = await startTestGateway(
      t,
      {},
      {
        routes: { $default: { invoke: async () => outcome } },
        limits: { integrationMillis: 50 },
      },
    );
    return TestViewer.connect(socketUrl);
  };
  const errors: [string, FunctionOutcome | Promise<FunctionOutcome>, string][] = [
    ['is killed by its own timeout', { kind: 'timedOut' }, 'Internal server error'],
    ['is throttled', { kind: 'throttled' }, 'Internal server error'],
    ['outlasts the integration timeout', new Promise(() => {}), 'Endpoint request timed out'],
  ];
  for (const [what, outcome, message] of errors) {
    it(`whose function ${what} is answered with an error frame, and the connection stays open`, async (t) => {
      const viewer = await failing(t, outcome);

      viewer.send('hello');

      const frame = /^\{"message": "(.+)", "connectionId":"([^"]{16})", "requestId":"([^"]{16})"\}$/;
      const text = await viewer.text(() => true);
      assert.equal(frame.exec(text)?.[1], message);
      assert.equal(viewer.socket.readyState, viewer.socket.OPEN);
    });
  }

  for (const [what, value] of [
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['an object without statusCode', {}],
    ['a key that API Gateway does not allow', { statusCode: 200, message: 'hello' }],
    ['a body that is not a text', { statusCode: 200, body: { text: 'hello' } }],
    ['headers that are not an object', { statusCode: 200, headers: 'x' }],
  ] as const) {
    it(`is answered with an error frame when its function returns ${what}, and the connection stays open`, async (t) => {
      const { socketUrl } = await startTestGateway(t, { $default: () => value });
      const viewer = await TestViewer.connect(socketUrl);

      viewer.send('hello');

      await viewer.text((text) => text.startsWith('{"message": "Internal server error", '));
      assert.equal(viewer.socket.readyState, viewer.socket.OPEN);
    });
  }

  for (const statusCode of [201, 500]) {
    it(`is answered with the body of its function if the status is ${statusCode}`, async (t) => {
      const answer = { statusCode, body: 'hello', headers: { a: 'b' }, multiValueHeaders: {}, isBase64Encoded: false };
      const { socketUrl } = await startTestGateway(t, { $default: () => answer });
      const viewer = await TestViewer.connect(socketUrl);

      viewer.send('hello');

      assert.equal(await viewer.text(() => true), 'hello');
    });
  }

  it('whose function exceeds the integration timeout: the function continues, and its later post arrives', async (t) => {
    const gateway = await startTestGateway(
      t,
      {
        async $default({ requestContext: { connectionId: ConnectionId } }) {
          await sleep(150);
          await gateway.client.send(new PostToConnectionCommand({ ConnectionId, Data: 'later' }));
          return { statusCode: 200, body: 'too late' };
        },
      },
      { limits: { integrationMillis: 50 } },
    );
    const viewer = await TestViewer.connect(gateway.socketUrl);

    viewer.send('hello');
    await viewer.text((text) => text === 'later');

    assert.match(viewer.texts[0] ?? '', /^\{"message": "Endpoint request timed out", /);
    assert.equal(viewer.texts.length, 2);
  });

  it('whose function exceeds the integration timeout: the signal of the invocation is aborted', async (t) => {
    const signal = Promise.withResolvers<AbortSignal>();
    const invoke = (_: unknown, options: { signal: AbortSignal }) => {
      signal.resolve(options.signal);
      return new Promise<never>(() => {});
    };
    const limits = { integrationMillis: 50 };
    const { socketUrl } = await startTestGateway(t, {}, { routes: { $default: { invoke } }, limits });
    const viewer = await TestViewer.connect(socketUrl);

    viewer.send('hello');
    await viewer.text((text) => text.includes('timed out'));

    assert.equal((await signal.promise).aborted, true);
  });

  it('is answered with Forbidden if no route matches', async (t) => {
    const { socketUrl } = await startTestGateway(t, { ping: () => ({ statusCode: 200, body: 'pong' }) });
    const viewer = await TestViewer.connect(socketUrl);

    viewer.send('{"action":"ping"}');
    viewer.send('{"action":"other"}');

    await viewer.text((text) => text === 'pong');
    await viewer.text((text) => text.startsWith('{"message": "Forbidden", '));
  });
});

describe('an invalid route', () => {
  const invoke = async () => ({ kind: 'returned', value: undefined }) as const;
  for (const [routes, message] of [
    [{ $other: { invoke } }, /^a route key must be \$connect, \$disconnect, \$default or .*, got "\$other"$/],
    [{ '': { invoke } }, /^a route key must be .*, got ""$/],
    [{ ping: { invoke, timeoutMillis: 49 } }, /^timeoutMillis of the route "ping" must be from 50 to 29000, got 49$/],
    [{ ping: { invoke, timeoutMillis: 30_000 } }, /^timeoutMillis of the route "ping" must be .*, got 30000$/],
  ] as const) {
    it(`is refused at start: ${JSON.stringify(routes)}`, async (t) => {
      await assert.rejects(startTestGateway(t, {}, { routes }), { name: 'RangeError', message });
    });
  }
});

describe('a text for the clients', () => {
  it('of any length arrives as one text frame, and texts arrive in order', async (t) => {
    const { socketUrl, gateway } = await startTestGateway(t, {});
    const viewer = await TestViewer.connect(socketUrl);
    const binary: boolean[] = [];
    viewer.socket.on('message', (_, isBinary) => binary.push(isBinary));
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 131_072].map((bytes) => 'x'.repeat(bytes));

    for (const text of [...texts, 'Grüße 🕰️']) gateway.postToAll(text);
    await gateway.dispose();

    await viewer.closed;
    assert.deepEqual(viewer.texts, [...texts, 'Grüße 🕰️']);
    assert.equal(binary.includes(true), false);
  });
});

describe('a client that floods the gateway', () => {
  it('has its messages handled a few at a time, each of them once', async (t) => {
    let running = 0;
    let most = 0;
    const { socketUrl } = await startTestGateway(t, {
      $default: async ({ body }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return { statusCode: 200, body };
      },
    });
    const viewer = await TestViewer.connect(socketUrl);

    for (let n = 0; n < 5_000; n++) viewer.send(String(n));
    await viewer.text((text) => text === '4999');

    assert.equal(new Set(viewer.texts).size, 5_000);
    assert.ok(most <= 16, `${most} at a time`);
  });
});

describe('viewers that leave together', () => {
  it('all cause $disconnect, a few at a time', async (t) => {
    const left = new Set<string>();
    let running = 0;
    let most = 0;
    const { socketUrl } = await startTestGateway(t, {
      $disconnect: async ({ requestContext }) => {
        most = Math.max(most, ++running);
        await sleep(10);
        running--;
        left.add(requestContext.connectionId);
        return { statusCode: 200 };
      },
    });
    const viewers = await Promise.all(Array.from({ length: 40 }, () => TestViewer.connect(socketUrl)));

    for (const viewer of viewers) viewer.terminate();

    while (left.size < 40) await sleep(10);
    assert.equal(most, MAX_CONCURRENT_DISCONNECTS);
  });
});

describe('the shutdown of the gateway', () => {
  it('refuses a handshake that is still pending', async (t) => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<object>();
    const { socketUrl, gateway } = await startTestGateway(t, {
      $connect: () => {
        asked.resolve();
        return answer.promise;
      },
    });
    const status = TestViewer.handshakeStatus(socketUrl);
    await asked.promise;

    await gateway.dispose();
    answer.resolve({ statusCode: 200 });

    assert.equal(await status, 503);
    assert.equal(gateway.connectionCount, 0);
  });

  it('closes every connection with 1001 and does not wait for clients that do not answer', async (t) => {
    const { socketUrl, gateway } = await startTestGateway(t, {});
    const polite = await TestViewer.connect(socketUrl);
    const deaf = await TestViewer.connect(socketUrl);
    deaf.socket.pause();

    await gateway.dispose();

    assert.deepEqual(await polite.closed, { code: 1001, reason: 'Going away' });
    deaf.socket.resume();
    await deaf.closed;
    assert.equal(gateway.connectionCount, 0);
  });
});
