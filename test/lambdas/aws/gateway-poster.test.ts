// The poster over HTTP, with a server that gives scripted answers, and with the local gateway, which checks signatures.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GatewayPosterOptions,
  makeGatewayPoster,
  POST_TIMEOUT_MILLIS,
} from '../../../lambdas/aws/gateway-poster.ts';
import { makeConnection } from '../../../lambdas/domain/connection.ts';
import { fanOut } from '../../../lambdas/domain/fan-out.ts';
import type { PostOutcome } from '../../../lambdas/domain/outcomes.ts';
import { Pace } from '../../../lambdas/domain/pace.ts';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { silentLog } from '../../support/memory-stores.ts';
import { type Answer, startScriptedGateway } from '../../support/scripted-gateway.ts';
import { startTestGateway } from '../../support/test-gateway.ts';
import { TestViewer } from '../../support/test-viewer.ts';

function makePoster(t: TestContext, endpoint: string, changes: Partial<GatewayPosterOptions> = {}) {
  const poster = makeGatewayPoster({
    endpoint,
    region: REGION,
    credentials: async () => CREDENTIALS,
    clock: systemClock,
    log: silentLog,
    ...changes,
  });
  t.after(() => poster.dispose());
  return poster;
}

const soon = () => Date.now() + 900;

/** Answers of the server, and the outcomes that the poster derives from them. */
const ANSWERS: Record<string, { answer: Answer; outcome: PostOutcome }> = {
  delivered: { answer: { statusCode: 200 }, outcome: 'delivered' },
  gone: { answer: { statusCode: 410, headers: { 'x-amzn-errortype': 'GoneException' } }, outcome: 'gone' },
  throttled: { answer: { statusCode: 429 }, outcome: 'throttled' },
  forbidden: { answer: { statusCode: 403 }, outcome: 'forbidden' },
  tooLarge: { answer: { statusCode: 413 }, outcome: 'tooLarge' },
  broken: { answer: { statusCode: 500 }, outcome: 'serverError' },
  overloaded: { answer: { statusCode: 503 }, outcome: 'serverError' },
  malformed: { answer: { statusCode: 400 }, outcome: 'failed' },
  reset: { answer: 'reset', outcome: 'reset' },
  silent: { answer: 'silence', outcome: 'timedOut' },
};

describe('the gateway poster', () => {
  it('delivers through a gateway that checks signatures', async (t) => {
    const { socketUrl, endpoint } = await startTestGateway(t, {
      $default: ({ requestContext }) => ({ statusCode: 200, body: requestContext.connectionId }),
    });
    const viewer = await TestViewer.connect(socketUrl);
    viewer.send('who am I?');
    const connectionId = await viewer.text(() => true);
    const poster = makePoster(t, endpoint);

    assert.equal(await poster.post(connectionId, 'now: ünï', soon()), 'delivered');

    assert.equal(await viewer.text((text) => text.startsWith('now')), 'now: ünï');
    const wrongKey = makePoster(t, endpoint, {
      credentials: async () => ({ ...CREDENTIALS, secretAccessKey: 'wrong' }),
    });
    assert.equal(await wrongKey.post(connectionId, 'now', soon()), 'forbidden');
  });

  for (const [connectionId, { answer, outcome }] of Object.entries(ANSWERS)) {
    it(`returns ${outcome} for the answer "${connectionId}" after one attempt`, async (t) => {
      const { endpoint, requests } = await startScriptedGateway(t, () => answer);
      const poster = makePoster(t, endpoint);

      assert.equal(await poster.post(connectionId, 'now', soon()), outcome);

      assert.deepEqual(
        requests.map((request) => request.connectionId),
        [connectionId],
      );
    });
  }

  it('ends a post at its deadline, or at the timeout when the deadline is later', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => 'silence');
    const poster = makePoster(t, endpoint);
    await poster.prepare(0);
    const begunMillis = Date.now();

    const posts = [Date.now() - 1, Date.now() + 100, Date.now() + 60_000];
    const lasted = await Promise.all(
      posts.map(async (deadlineMillis) => {
        assert.equal(await poster.post('silent', 'now', deadlineMillis), 'timedOut');
        return Date.now() - begunMillis;
      }),
    );

    assert.ok((lasted[1] ?? 0) >= 100 && (lasted[1] ?? 0) < (lasted[2] ?? 0));
    assert.ok((lasted[2] ?? 0) >= POST_TIMEOUT_MILLIS && (lasted[2] ?? 0) < 10 * POST_TIMEOUT_MILLIS);
  });

  it('returns reset when the connection is refused, and delivers when it is accepted', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    const poster = makePoster(t, endpoint);
    const closed = makePoster(t, 'http://127.0.0.1:9/dev');

    assert.equal(await closed.post('a', 'now', soon()), 'reset');
    assert.equal(await closed.post('a', 'now', soon()), 'reset');
    assert.equal(await poster.post('a', 'now', soon()), 'delivered');
  });

  it('requests credentials before each tick and signs with the newest', async (t) => {
    const { endpoint, requests } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    let version = 0;
    const credentials = async () => ({ accessKeyId: `KEY${++version}`, secretAccessKey: 's', sessionToken: 't' });
    const poster = makePoster(t, endpoint, { credentials });

    for (let tick = 0; tick < 2; tick++) {
      await poster.prepare(0);
      await poster.post('a', 'now', soon());
      await poster.post('b', 'now', soon());
    }

    const keys = requests.map(({ headers }) => /Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
    assert.deepEqual(keys, ['KEY1', 'KEY1', 'KEY2', 'KEY2']);
  });

  it('fails without credentials, and posts when they are available', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    let isAvailable = false;
    const credentials = async () => {
      if (!isAvailable) throw new Error('no credentials');
      return CREDENTIALS;
    };
    const poster = makePoster(t, endpoint, { credentials });

    await assert.rejects(poster.prepare(0));
    assert.equal(await poster.post('a', 'now', soon()), 'failed');
    isAvailable = true;
    assert.equal(await poster.post('a', 'now', soon()), 'delivered');
  });

  it('returns failed when the credentials function throws synchronously', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    const credentials = () => {
      throw new Error('no credentials');
    };
    const poster = makePoster(t, endpoint, { credentials });

    assert.equal(await poster.post('a', 'now', Date.now() + 20), 'failed');
    // An unhandled rejection would fail this test.
    await sleep(50);
  });

  it('logs the error and returns failed when a post cannot be signed', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    const warnings: unknown[] = [];
    const log = { ...silentLog, warn: (message: string, facts: unknown) => warnings.push(message, facts) };
    const poster = makePoster(t, endpoint, { log });

    assert.equal(await poster.post('\ud800', 'now', soon()), 'failed');

    assert.equal(warnings[0], 'a post failed');
    assert.match(String((warnings[1] as { error: unknown }).error), /URIError/);
    assert.equal(await poster.post('a', 'now', soon()), 'delivered');
  });

  it('returns failed at the deadline when the credentials do not arrive', async (t) => {
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    const poster = makePoster(t, endpoint, { credentials: () => new Promise(() => {}) });

    assert.equal(await poster.post('a', 'now', Date.now() + 50), 'failed');
  });

  it('opens its connections before the first post, and reuses them', async (t) => {
    const gateway = await startScriptedGateway(t, () => ({ statusCode: 200, afterMillis: 5 }));
    const poster = makePoster(t, gateway.endpoint);

    await poster.prepare(20);
    await poster.prepare(20);
    while (gateway.connectionCount < 20) await sleep(5);
    assert.equal(gateway.requests.length, 0);
    for (let tick = 0; tick < 3; tick++) {
      await Promise.all(Array.from({ length: 20 }, () => poster.post('a', 'now', soon())));
      await poster.prepare(20);
    }

    assert.equal(gateway.connectionCount, 20);
  });

  it('replaces connections that the gateway has closed', async (t) => {
    const gateway = await startScriptedGateway(t, () => ({ statusCode: 200, headers: { connection: 'close' } }));
    const poster = makePoster(t, gateway.endpoint);
    await poster.prepare(5);
    await Promise.all(Array.from({ length: 5 }, () => poster.post('a', 'now', soon())));
    while (gateway.openCount > 0) await sleep(5);

    await poster.prepare(5);
    while (gateway.connectionCount < 10) await sleep(5);

    assert.equal(gateway.requests.length, 5);
  });

  it('leaves no connection open when it is disposed of while it opens connections', async (t) => {
    const gateway = await startScriptedGateway(t, () => ({ statusCode: 200 }));
    const poster = makePoster(t, gateway.endpoint);

    const preparing = poster.prepare(500);
    while (gateway.connectionCount < 5) await sleep(1);
    poster.dispose();
    await preparing;

    while (gateway.openCount > 0) await sleep(5);
  });

  it('delivers all other posts within the pool size when some posts fail in any way', async (t) => {
    const bad: Answer[] = [{ statusCode: 429 }, { statusCode: 410 }, { statusCode: 500 }, 'silence', 'reset'];
    const badEvery = 20;
    const gateway = await startScriptedGateway(t, (connectionId) => {
      const number = Number(connectionId);
      const answer = number % badEvery === 0 ? bad[(number / badEvery) % bad.length] : undefined;
      return answer ?? { statusCode: 200, afterMillis: 2 };
    });
    const poster = makePoster(t, gateway.endpoint);
    const pace = new Pace({ maxInFlight: 50 });
    const connections = Array.from({ length: 500 }, (_, number) => makeConnection(String(number), 0));
    const tick = { sequence: 0, intervalMillis: 1000, connections, pace, deadlineMillis: Date.now() + 5_000 };

    const { report } = await fanOut(tick, { clock: systemClock, poster });

    const { throttled, gone, serverError, timedOut, reset, delivered, ...others } = report;
    assert.deepEqual(
      { throttled, gone, serverError, timedOut, reset },
      {
        throttled: 5,
        gone: 5,
        serverError: 5,
        timedOut: 5,
        reset: 5,
      },
    );
    assert.equal(delivered, 475);
    assert.deepEqual(others, { forbidden: 0, tooLarge: 0, failed: 0, shed: 0 });
    assert.ok(gateway.maxInFlight <= 50, `${gateway.maxInFlight} in flight`);
  });
});
