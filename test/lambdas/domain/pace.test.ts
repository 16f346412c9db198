import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Pace, RECOVERY_MILLIS } from '../../../lambdas/domain/pace.ts';

describe('the pace', () => {
  it('starts at its maximum', () => {
    assert.equal(new Pace({ maxInFlight: 200 }).limit(0), 200);
  });

  it('is always a whole number from 1 to the maximum', () => {
    const steps = fc.array(fc.record({ millis: fc.integer({ min: -100, max: 500 }), isThrottled: fc.boolean() }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), steps, (ceiling, steps) => {
        const pace = new Pace({ maxInFlight: ceiling });
        let now = 1_763_861_880_000;
        for (const { millis, isThrottled } of steps) {
          now += millis;
          if (isThrottled) pace.slowDown(now);
          const limit = pace.limit(now);
          assert.ok(Number.isInteger(limit) && limit >= 1 && limit <= ceiling, `${limit}`);
        }
      }),
    );
  });

  it('is halved by a refusal, and refusals of posts in flight together count once', () => {
    const pace = new Pace({ maxInFlight: 200 });

    for (let post = 0; post < 50; post++) pace.slowDown(1_000 + post);
    assert.equal(pace.limit(1_050), 102);
    pace.slowDown(1_150);
    assert.equal(pace.limit(1_150), 53);
  });

  it('reaches its maximum again five seconds after the last refusal', () => {
    const pace = new Pace({ maxInFlight: 200 });
    for (let refusal = 0; refusal < 20; refusal++) pace.slowDown(refusal * 100);
    assert.ok(pace.limit(1_900) < 10);

    assert.ok(pace.limit(1_900 + RECOVERY_MILLIS / 2) > 95);
    assert.equal(pace.limit(1_900 + RECOVERY_MILLIS), 200);
  });

  it('allows no more posts than its rate, and at once no more than its rate allows in 100 ms', () => {
    const steps = fc.array(fc.record({ millis: fc.integer({ min: 0, max: 300 }), posts: fc.nat(500) }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), steps, (postsPerSecond, steps) => {
        const pace = new Pace({ maxInFlight: 200, postsPerSecond });
        let now = 1_763_861_880_000;
        const [startMillis, atOnce] = [now, Math.max(1, postsPerSecond / 10)];
        let taken = 0;
        for (const { millis, posts } of steps) {
          now += millis;
          for (let post = 0; post < posts; post++) if (pace.take(now) === 0) taken++;
          assert.ok(taken <= atOnce + ((now - startMillis) * postsPerSecond) / 1000 + 1e-6, `${taken}`);
        }
      }),
    );
  });

  it('returns the time to wait, after which a post may start', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (postsPerSecond) => {
        const pace = new Pace({ maxInFlight: 200, postsPerSecond });
        let now = 1_763_861_880_000;
        while (pace.take(now) === 0);
        now += Math.ceil(pace.take(now));
        assert.equal(pace.take(now), 0);
      }),
    );
  });
});
