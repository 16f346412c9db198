// The poster and clocks: the dates of the gateway's answers, a wrong wall clock, and a wall clock that is set.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GatewayPosterOptions,
  makeGatewayPoster,
  POST_TIMEOUT_MILLIS,
} from '../../../lambdas/aws/gateway-poster.ts';
import type { ObservedDate } from '../../../lambdas/domain/clock-proof.ts';
import { systemClock } from '../../../lambdas/system-clock.ts';
import { CREDENTIALS, REGION } from '../../../local/deployment.ts';
import { silentLog } from '../../support/memory-stores.ts';
import { type Answer, startScriptedGateway } from '../../support/scripted-gateway.ts';
import { retryOnStalls } from '../../support/stalls.ts';

const TEN_MINUTES = 600_000;

/** A system clock whose wall clock can be set. */
function makeSettableClock() {
  let offsetMillis = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + offsetMillis,
    /** Sets the wall clock ahead by milliseconds, or back if they are negative. */
    set(millis: number) {
      offsetMillis += millis;
    },
  };
}

function makePoster(t: TestContext, endpoint: string, changes: Partial<GatewayPosterOptions> = {}) {
  const dates: ObservedDate[] = [];
  const warnings: string[] = [];
  const poster = makeGatewayPoster({
    endpoint,
    region: REGION,
    credentials: async () => CREDENTIALS,
    clock: systemClock,
    log: { ...silentLog, warn: (message) => warnings.push(message) },
    onDate: (date) => dates.push(date),
    ...changes,
  });
  t.after(() => poster.dispose());
  return { poster, dates, warnings };
}

const soon = () => Date.now() + 900;

describe('the gateway poster, reporting dates', () => {
  const dated = (date: string, afterMillis = 0): Answer => ({ statusCode: 200, headers: { date }, afterMillis });

  it('reports each date once, with the times of the first post that was answered with it', async (t) => {
    const headers = [1, 1, 2, 2, 2, 3].map((second) => new Date(second * 1000).toUTCString());
    const readAt: number[] = [];
    const { endpoint } = await startScriptedGateway(t, (id) => {
      readAt[Number(id)] = performance.now();
      return dated(headers[Number(id)] ?? '', 20);
    });
    const { poster, dates } = makePoster(t, endpoint);

    for (const id of headers.keys()) await poster.post(String(id), 'now', soon());

    assert.deepEqual(
      dates.map(({ dateMillis }) => dateMillis),
      [1_000, 2_000, 3_000],
    );
    for (const [index, post] of [0, 2, 5].entries()) {
      const { askedAtMonotonicMillis = Number.NaN, answeredAtMonotonicMillis = Number.NaN } = dates[index] ?? {};
      assert.ok(askedAtMonotonicMillis <= (readAt[post] ?? 0));
      assert.ok((readAt[post] ?? 0) + 19 <= answeredAtMonotonicMillis);
      assert.ok(answeredAtMonotonicMillis <= (readAt[post + 1] ?? performance.now()));
    }
  });

  for (const statusCode of [403, 410, 429, 500]) {
    it(`reports the date of an answer with ${statusCode}`, async (t) => {
      const date = new Date(5_000).toUTCString();
      const { endpoint } = await startScriptedGateway(t, () => ({ statusCode, headers: { date } }));
      const { poster, dates } = makePoster(t, endpoint);

      await poster.post('a', 'now', soon());

      assert.equal(dates[0]?.dateMillis, 5_000);
    });
  }

  for (const failure of ['reset', 'silence'] as const) {
    it(`reports no date after ${failure}`, async (t) => {
      const { endpoint } = await startScriptedGateway(t, () => failure);
      const { poster, dates } = makePoster(t, endpoint);

      await poster.post('a', 'now', Date.now() + 100);

      assert.deepEqual(dates, []);
    });
  }
});

describe('the gateway poster, when the wall clock is set', () => {
  for (const setMillis of [-TEN_MINUTES, TEN_MINUTES]) {
    it(
      `ends a post by its timeout when the clock is set by ${setMillis} ms during the post`,
      retryOnStalls(async (t) => {
        const clock = makeSettableClock();
        const { endpoint } = await startScriptedGateway(t, () => 'silence');
        const { poster } = makePoster(t, endpoint, { clock });
        const begunMillis = performance.now();

        const posts = [clock.now() + 200, clock.now() + 900].map(async (deadlineMillis) => {
          assert.equal(await poster.post('a', 'now', deadlineMillis), 'timedOut');
          return performance.now() - begunMillis;
        });
        await sleep(20);
        clock.set(setMillis);
        const [first = 0, second = 0] = await Promise.all(posts);

        assert.ok(first >= 199 && first < second, `${first} ms`);
        assert.ok(second >= POST_TIMEOUT_MILLIS && second < 5 * POST_TIMEOUT_MILLIS, `${second} ms`);
      }),
    );

    it(
      `delivers when the clock is set by ${setMillis} ms during the posts, and afterwards`,
      retryOnStalls(async (t) => {
        const clock = makeSettableClock();
        const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 200, afterMillis: 150 }));
        const { poster } = makePoster(t, endpoint, { clock });

        const posts = Array.from({ length: 20 }, () => poster.post('a', 'now', clock.now() + 900));
        await sleep(20);
        clock.set(setMillis);

        assert.deepEqual(await Promise.all(posts), Array(20).fill('delivered'));
        assert.equal(await poster.post('a', 'now', clock.now() + 900), 'delivered');
      }),
    );
  }

  it('logs failures again after the clock was set back', async (t) => {
    const clock = makeSettableClock();
    const { endpoint } = await startScriptedGateway(t, () => ({ statusCode: 500 }));
    const { poster, warnings } = makePoster(t, endpoint, { clock });

    for (let post = 0; post < 2; post++) await poster.post('a', 'now', clock.now() + 900);
    assert.deepEqual(warnings, ['a post failed']);
    clock.set(-TEN_MINUTES);
    await sleep(1_050);
    await poster.post('a', 'now', clock.now() + 900);

    assert.deepEqual(warnings, ['a post failed', 'a post failed']);
  });
});

describe('the gateway poster, after a 403', () => {
  it('signs with the gateway’s time when its own clock is wrong', async (t) => {
    const aheadMillis = 20 * 60_000;
    const date = () => new Date(Date.now() + aheadMillis).toUTCString();
    const { endpoint, requests } = await startScriptedGateway(t, () => ({
      statusCode: 403,
      headers: { date: date() },
    }));
    const { poster } = makePoster(t, endpoint);

    for (let post = 0; post < 2; post++) await poster.post('a', 'now', soon());

    const signedAt = requests.map(({ headers }) =>
      Date.parse(
        String(headers['x-amz-date']).replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z'),
      ),
    );
    assert.ok(Math.abs((signedAt[0] ?? 0) - Date.now()) < 10_000);
    assert.ok(Math.abs((signedAt[1] ?? 0) - Date.now() - aheadMillis) < 10_000);
  });

  it('does not correct its clock when the clocks agree', async (t) => {
    const { endpoint, requests } = await startScriptedGateway(t, () => ({ statusCode: 403 }));
    const { poster, warnings } = makePoster(t, endpoint);

    for (let post = 0; post < 3; post++) await poster.post('a', 'now', soon());

    assert.equal(requests.length, 3);
    assert.deepEqual(warnings, ['a post failed'], 'one line for failures with the same outcome');
  });
});
