// The dates of the wake queue's answers, over HTTP.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { makeTestQueue, QUEUE_PATH, startScriptedQueue, TAKEN, WAKE } from '../../support/scripted-queue.ts';
import type { ServiceAnswer } from '../../support/scripted-service.ts';

const REFUSED: ServiceAnswer = { statusCode: 403, body: { __type: 'MissingAuthenticationTokenException' } };

describe('asking the wake queue for its date', () => {
  it('sends no signature, and resolves after a refusal', async (t) => {
    const { service, queue, dates } = await startScriptedQueue(t, [REFUSED]);

    await queue.requestDate();

    const [request, ...others] = service.requests;
    assert.deepEqual(others, []);
    assert.deepEqual([request?.method, request?.body, request?.headers.authorization], ['POST', '', undefined]);
    assert.equal(dates.length, 1);
  });

  it('resolves without a date after a refused connection', async (t) => {
    const { queue, dates } = makeTestQueue(t, `http://127.0.0.1:9${QUEUE_PATH}`);

    await queue.requestDate();

    assert.deepEqual(dates, []);
  });

  for (const answer of ['reset', 'silence'] as const) {
    it(`resolves without a date after ${answer}`, async (t) => {
      const { service, queue, dates } = await startScriptedQueue(t, [answer]);

      await queue.requestDate();

      assert.equal(service.requests.length, 1);
      assert.deepEqual(dates, []);
    });
  }
});

describe('the wake queue, reporting dates', () => {
  it('reports the date of each answer, with the times of request and answer', async (t) => {
    const failed: ServiceAnswer = { statusCode: 500, afterMillis: 30 };
    // The wall clock must not matter.
    const clock = { ...systemClock, now: () => 0 };
    const { service, queue, dates } = await startScriptedQueue(t, [failed, TAKEN, REFUSED], { clock });

    await queue.send([WAKE]);
    await queue.requestDate();

    assert.equal(dates.length, 3);
    for (const [index, { dateMillis, askedAtMonotonicMillis, answeredAtMonotonicMillis }] of dates.entries()) {
      const { readAtMonotonicMillis = 0 } = service.requests[index] ?? {};
      assert.ok(askedAtMonotonicMillis <= readAtMonotonicMillis);
      assert.ok(readAtMonotonicMillis <= answeredAtMonotonicMillis);
      assert.ok(Math.abs(dateMillis - Date.now()) < 5_000);
      assert.equal(dateMillis % 1000, 0);
    }
    assert.ok((dates[0]?.answeredAtMonotonicMillis ?? 0) - (dates[0]?.askedAtMonotonicMillis ?? 0) >= 29);
  });

  it('reports NaN when an answer has no date', async (t) => {
    const { queue, dates } = await startScriptedQueue(t, [{ ...REFUSED, isDated: false }]);

    await queue.requestDate();

    assert.deepEqual(
      dates.map(({ dateMillis }) => dateMillis),
      [Number.NaN],
    );
  });
});
