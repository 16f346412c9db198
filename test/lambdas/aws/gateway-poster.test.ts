// The poster with the real SDK client against a server that answers as it is told, by the connection's id.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { makeConnectionsClient } from '../../../lambdas/aws/clients.ts';
import { makeGatewayPoster } from '../../../lambdas/aws/gateway-poster.ts';
import type { PostOutcome } from '../../../lambdas/domain/ports.ts';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { silentLog } from '../../support/memory-stores.ts';

/** What the server does, and what the poster makes of it. */
const ANSWERS: Record<string, { status?: number; errorType?: string; reset?: boolean; outcome: PostOutcome }> = {
  delivered: { status: 200, outcome: 'delivered' },
  gone: { status: 410, errorType: 'GoneException', outcome: 'gone' },
  throttled: { status: 429, errorType: 'LimitExceededException', outcome: 'throttled' },
  forbidden: { status: 403, errorType: 'ForbiddenException', outcome: 'failed' },
  broken: { status: 500, outcome: 'failed' },
  reset: { reset: true, outcome: 'failed' },
  silent: { outcome: 'timedOut' },
};

async function start(t: TestContext) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const connectionId = request.url?.split('/').at(-1) ?? '';
    requests.push(connectionId);
    const { status, errorType, reset } = ANSWERS[connectionId] ?? {};
    if (reset) request.socket.resetAndDestroy();
    if (status) response.writeHead(status, errorType ? { 'x-amzn-errortype': errorType } : {}).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The client takes region and credentials from the environment, as on Lambda.
  Object.assign(process.env, {
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  });
  const client = makeConnectionsClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}/dev`, 10);
  t.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { poster: makeGatewayPoster(client, systemClock, silentLog), requests };
}

describe('the gateway poster', () => {
  for (const [answer, { outcome }] of Object.entries(ANSWERS)) {
    it(`takes "${answer}" for ${outcome}, after one attempt`, async (t) => {
      const { poster, requests } = await start(t);
      const patienceMillis = outcome === 'timedOut' ? 300 : 60_000;

      assert.equal(await poster.post(answer, 'now', Date.now() + patienceMillis), outcome);

      assert.deepEqual(requests, [answer]);
    });
  }

  it('posts nothing after the deadline', async (t) => {
    const { poster } = await start(t);

    assert.equal(await poster.post('silent', 'now', Date.now() - 1), 'timedOut');
  });
});
