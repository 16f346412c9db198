import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AWS_LIMITS } from '../../../local/gateway/limits.ts';
import { Throttle, TokenBucket } from '../../../local/gateway/throttle.ts';

describe('a token bucket', () => {
  it('allows its burst at once, and then its rate', () => {
    const bucket = new TokenBucket(10, 3);
    const taken = (nowMillis: number, count: number) => Array.from({ length: count }, () => bucket.take(nowMillis));

    assert.deepEqual(taken(0, 4), [true, true, true, false]);
    assert.deepEqual(taken(100, 2), [true, false]);
    assert.deepEqual(taken(10_000, 4), [true, true, true, false]);
  });

  it('never allows more in any time than its burst and its rate', () => {
    const requests = fc.array(fc.nat(200), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        requests,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 50 }),
        (pauses, rate, burst) => {
          const bucket = new TokenBucket(rate, burst);
          const given: number[] = [];
          let now = 0;
          for (const pause of pauses) {
            now += pause;
            if (bucket.take(now)) given.push(now);
          }
          for (const [first, from] of given.entries()) {
            for (const [index, to] of given.entries()) {
              const allowed = burst + (rate * (to - from)) / 1000;
              if (index >= first)
                assert.ok(index - first + 1 <= allowed + 1e-6, `${index - first + 1} in ${to - from} ms`);
            }
          }
        },
      ),
    );
  });

  it('has no limit without a rate', () => {
    const bucket = new TokenBucket(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);

    assert.ok(Array.from({ length: 100_000 }, () => bucket.take(0)).every(Boolean));
  });
});

describe('the throttle', () => {
  it('has one bucket for handshakes, messages and callbacks together', () => {
    const throttle = new Throttle({ ...AWS_LIMITS, requestsPerSecond: 1, requestBurst: 3 });

    assert.ok(throttle.admitsHandshake(0));
    assert.ok(throttle.admitsMessage(0));
    assert.ok(throttle.admitsCallback(0));
    assert.equal(throttle.admitsCallback(0), false);
    assert.equal(throttle.admitsMessage(0), false);
    assert.equal(throttle.admitsHandshake(0), false);
    assert.ok(throttle.admitsCallback(1_000));
  });

  it('of a stage does not count callbacks', () => {
    const throttle = new Throttle({ ...AWS_LIMITS, stageRequestsPerSecond: 1, stageRequestBurst: 1 });

    assert.ok(throttle.admitsMessage(0));
    assert.equal(throttle.admitsMessage(0), false);
    assert.ok(throttle.admitsCallback(0));
  });
});
