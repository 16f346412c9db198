import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockFilter } from '../../../web/src/client/clock-filter.ts';

/** The server is this far ahead of the monotonic clock. */
const OFFSET = 1_763_861_880_000;

const probe = (t0: number, t3: number, offset = OFFSET) => ({
  t0,
  t1: Math.floor((t0 + t3) / 2) + offset,
  t2: Math.floor((t0 + t3) / 2) + offset,
  t3,
});

describe('the clock filter', () => {
  it('has no bounds, then a lower bound from a tick, then both from a probe', () => {
    const filter = new ClockFilter({ millis: 1 });
    assert.equal(filter.estimate(0), undefined);

    assert.equal(filter.addTick(OFFSET + 100, 130), 'consistent');
    assert.equal(filter.bounds(130).high, Infinity);
    filter.addProbe(probe(200, 240));

    const { low, high } = filter.bounds(240);
    assert.ok(low <= OFFSET && OFFSET <= high && high - low < 48, `${low - OFFSET} to ${high - OFFSET}`);
    assert.equal(filter.roundTrip, 40);
  });

  it('uses the fastest message in each direction, also from different probes', () => {
    const filter = new ClockFilter({ millis: 1 });
    filter.addProbe({ t0: 0, t1: OFFSET + 2, t2: OFFSET + 2, t3: 100 });
    filter.addProbe({ t0: 200, t1: OFFSET + 298, t2: OFFSET + 298, t3: 300 });

    const { low, high } = filter.bounds(300);
    assert.ok(high - low < 12 && low <= OFFSET && OFFSET <= high, `${low - OFFSET} to ${high - OFFSET}`);
  });

  it('has no bounds from a contradiction until another sample decides', () => {
    for (const { side, verdict } of [
      { side: 0, verdict: 'consistent' },
      { side: 60_000, verdict: 'restarted' },
    ]) {
      const filter = new ClockFilter({ millis: 1 });
      filter.addProbe(probe(0, 20));
      assert.equal(filter.addProbe(probe(1_000, 1_020, OFFSET + 60_000)), 'doubtful');
      assert.deepEqual([filter.bounds(1_020).low, filter.bounds(1_020).high], [-Infinity, Infinity]);

      assert.equal(filter.addProbe(probe(2_000, 2_020, OFFSET + side)), verdict);
      assert.ok(Math.abs((filter.estimate(2_020) ?? 0) - OFFSET - side) < 5);
      assert.ok(filter.bounds(2_020).high < Infinity);
    }
  });

  it('contains both sides when a probe agrees with both', () => {
    const filter = new ClockFilter({ millis: 1 });
    filter.addProbe(probe(0, 20));
    assert.equal(filter.addTick(OFFSET + 1_020, 1_000), 'doubtful');
    assert.equal(filter.addTick(OFFSET + 2_000, 2_005), 'consistent');
    assert.equal(filter.bounds(2_005).high, Infinity);

    filter.addProbe(probe(3_000, 3_080));
    const { low, high } = filter.bounds(3_080);
    assert.ok(low < OFFSET && OFFSET + 20 < high && high - low < 90, `${low - OFFSET} to ${high - OFFSET}`);
  });

  it('refuses timestamps that contradict each other', () => {
    const filter = new ClockFilter({ millis: 1 });
    assert.equal(filter.addProbe({ t0: 0, t1: OFFSET + 50, t2: OFFSET + 10, t3: 60 }), 'impossible');
    assert.equal(filter.addProbe({ t0: 0, t1: OFFSET, t2: OFFSET + 500, t3: 20 }), 'impossible');
    assert.equal(filter.estimate(20), undefined);
  });
});
