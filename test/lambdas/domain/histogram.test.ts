import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Histogram, LONGEST_MILLIS } from '../../../lambdas/domain/histogram.ts';

describe('a histogram', () => {
  it('has the same quantiles as the sorted durations', () => {
    const durations = fc.array(fc.integer({ min: -5, max: 70_000 }), { minLength: 1 });
    fc.assert(
      fc.property(durations, durations, fc.double({ min: 0.001, max: 1, noNaN: true }), (some, others, share) => {
        const [histogram, other] = [new Histogram(), new Histogram()];
        for (const millis of some) histogram.add(millis);
        for (const millis of others) other.add(millis);
        histogram.merge(other);

        const sorted = [...some, ...others]
          .map((millis) => Math.min(LONGEST_MILLIS, Math.max(0, millis)))
          .sort((a, b) => a - b);
        const exact = sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
        const error = histogram.quantile(share) - exact;
        assert.ok(exact < 1_024 ? error === 0 : error >= 0 && error < 64, `${exact}: ${error}`);
      }),
    );
  });

  it('has the quantile 0 without durations', () => {
    assert.equal(new Histogram().quantile(0.99), 0);
  });
});
