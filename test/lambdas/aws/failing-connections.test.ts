// The poster over real connections that fail: each failure affects only the posts on its connection.

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Connector } from '../../../lambdas/aws/connector.ts';
import { makeGatewayPoster } from '../../../lambdas/aws/gateway-poster.ts';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { FAILING_SERVERS, startTcpServer } from '../../support/failing-servers.ts';
import { silentLog } from '../../support/memory-stores.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
const FAILURES = ['reset', 'timedOut'];

function makePoster(t: TestContext, origin: string) {
  const poster = makeGatewayPoster({
    endpoint: `${origin}/dev`,
    region: REGION,
    credentials: async () => CREDENTIALS,
    clock: systemClock,
    log: silentLog,
  });
  t.after(() => poster.dispose());
  return poster;
}

const soon = () => Date.now() + 900;

describe('the poster', () => {
  for (const [failure, start] of Object.entries(FAILING_SERVERS)) {
    it(`resolves prepare after ${failure}`, async (t) => {
      const poster = makePoster(t, await start(t));

      await poster.prepare(20);
      await poster.prepare(20);
    });

    it(`ends posts with reset or timedOut after ${failure}`, async (t) => {
      const poster = makePoster(t, await start(t));

      const outcomes = await Promise.all(Array.from({ length: 20 }, () => poster.post('a', 'now', soon())));

      assert.deepEqual(
        outcomes.filter((outcome) => !FAILURES.includes(outcome)),
        [],
      );
    });
  }

  it('posts over the other nineteen connections when one of twenty is refused', async (t) => {
    let accepted = 0;
    const { server, port } = await startTcpServer(t, (socket) => {
      socket.on('data', () => socket.write(ANSWER));
      // Closing the server resets connections that it has not accepted yet.
      if (++accepted === 19) server.close();
    });
    const poster = makePoster(t, `http://127.0.0.1:${port}`);
    await poster.prepare(19);
    while (accepted < 19) await new Promise((resolve) => setImmediate(resolve));

    await poster.prepare(20);
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => poster.post('a', 'now', soon())));

    assert.deepEqual(outcomes.sort(), [...Array(19).fill('delivered'), 'reset']);
  });

  it('delivers again as soon as the gateway accepts connections again', async (t) => {
    const accept = (socket: Socket) => void socket.on('data', () => socket.write(ANSWER));
    const { server, port } = await startTcpServer(t, (socket) => socket.resetAndDestroy());
    const poster = makePoster(t, `http://127.0.0.1:${port}`);
    await poster.prepare(5);
    assert.equal(await poster.post('a', 'now', soon()), 'reset');
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await poster.post('a', 'now', soon()), 'reset');

    await startTcpServer(t, accept, port);
    await poster.prepare(5);

    assert.equal(await poster.post('a', 'now', soon()), 'delivered');
  });

  it('does not post over a spare connection on which the gateway has already answered', async (t) => {
    let connections = 0;
    const { port } = await startTcpServer(t, (socket) => {
      if (connections++ === 0) socket.write('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
      else socket.on('data', () => socket.write(ANSWER));
    });
    const poster = makePoster(t, `http://127.0.0.1:${port}`);
    await poster.prepare(1);
    // Within this time the unrequested answer arrives.
    await new Promise((resolve) => setTimeout(resolve, 50));

    assert.equal(await poster.post('a', 'now', soon()), 'delivered');
  });
});

describe('the connector', () => {
  for (const [failure, start] of Object.entries(FAILING_SERVERS)) {
    it(`resolves despite ${failure}`, async (t) => {
      const connector = new Connector(await start(t));
      t.after(() => connector.dispose());

      await connector.open(3);
    });
  }
});
