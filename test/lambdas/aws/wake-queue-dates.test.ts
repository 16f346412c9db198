// What the wake queue tells of the time, over HTTP.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { makeTestQueue, QUEUE_PATH, startScriptedQueue, TAKEN, WAKE } from '../../support/scripted-queue.ts';
import type { ServiceAnswer } from '../../support/scripted-service.ts';

const REFUSED: ServiceAnswer = { statusCode: 403, body: { __type: 'MissingAuthenticationTokenException' } };

describe('asking the wake queue', () => {
  it('sends no signature, and does not mind a refusal', async (t) => {
    const { service, queue, heard } = await startScriptedQueue(t, [REFUSED]);

    await queue.ask();

    const [request, ...others] = service.requests;
    assert.deepEqual(others, []);
    assert.deepEqual([request?.method, request?.body, request?.headers.authorization], ['POST', '', undefined]);
    assert.equal(heard.length, 1);
  });

  it('does not mind a refused connection, which tells no date', async (t) => {
    const { queue, heard } = makeTestQueue(t, `http://127.0.0.1:9${QUEUE_PATH}`);

    await queue.ask();

    assert.deepEqual(heard, []);
  });

  for (const answer of ['reset', 'silence'] as const) {
    it(`does not mind ${answer}, which tells no date`, async (t) => {
      const { service, queue, heard } = await startScriptedQueue(t, [answer]);

      await queue.ask();

      assert.equal(service.requests.length, 1);
      assert.deepEqual(heard, []);
    });
  }
});

describe('the dates of the wake queue', () => {
  it('are told for each answer, with times that bracket it', async (t) => {
    const failed: ServiceAnswer = { statusCode: 500, afterMillis: 30 };
    // Its wall clock plays no part.
    const clock = { ...systemClock, now: () => 0 };
    const { service, queue, heard } = await startScriptedQueue(t, [failed, TAKEN, REFUSED], { clock });

    await queue.send([WAKE]);
    await queue.ask();

    assert.equal(heard.length, 3);
    for (const [index, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }] of heard.entries()) {
      const { readAtMonotonicMillis = 0 } = service.requests[index] ?? {};
      assert.ok(askedAtMonotonicMillis <= readAtMonotonicMillis);
      assert.ok(readAtMonotonicMillis <= answeredAtMonotonicMillis);
      assert.ok(Math.abs(dateMillis - Date.now()) < 5_000);
      assert.equal(dateMillis % 1000, 0);
    }
    assert.ok((heard[0]?.answeredAtMonotonicMillis ?? 0) - (heard[0]?.askedAtMonotonicMillis ?? 0) >= 29);
  });

  it('are not a number when an answer has none', async (t) => {
    const { queue, heard } = await startScriptedQueue(t, [{ ...REFUSED, isDated: false }]);

    await queue.ask();

    assert.deepEqual(
      heard.map(({ dateMillis }) => dateMillis),
      [Number.NaN],
    );
  });
});
