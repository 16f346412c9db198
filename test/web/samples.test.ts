import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_SAMPLES, Samples } from '../../web/src/samples.ts';

const tick = (sequence: number, intervalMillis = 1_000, isLate = false) =>
  ({ type: 'tick', sequence, time: '', sentAt: 0, intervalMillis, isLate }) as const;

describe('the samples', () => {
  it('contain the age of each tick and the round trip', () => {
    const samples = new Samples();
    samples.add(tick(5), 5_012, undefined);
    samples.add(tick(6), 6_008, 25);

    assert.deepEqual(samples.times, [5, 6]);
    assert.deepEqual(samples.ages, [12, 8]);
    assert.deepEqual(samples.roundTrips, [null, 25]);
    assert.equal(samples.lastAge, 8);
  });

  it('have a gap where ticks are missing, at any interval', () => {
    const samples = new Samples();
    samples.add(tick(1, 10_000), 10_005, 1);
    samples.add(tick(4, 10_000), 40_005, 1);

    assert.deepEqual(samples.times, [10, 20, 40]);
    assert.deepEqual(samples.ages, [5, null, 5]);
    assert.equal(samples.spanSeconds, (10 * MAX_SAMPLES) / 4);
  });

  it('do not contain late ticks', () => {
    const samples = new Samples();
    samples.add(tick(5), 5_000, 1);
    samples.add(tick(4, 1_000, true), 6_000, 1);

    assert.deepEqual(samples.times, [5]);
  });

  it('restart when the server’s clock was set back', () => {
    const samples = new Samples();
    for (const sequence of [5_000, 5_001, 1_400, 1_401]) samples.add(tick(sequence), sequence * 1_000 + 7, 1);

    assert.deepEqual(samples.times, [1_400, 1_401]);
    assert.deepEqual(samples.ages, [7, 7]);
  });

  it('have a maximum number', () => {
    const samples = new Samples();
    for (let sequence = 1; sequence <= 1_000; sequence += 2) samples.add(tick(sequence), sequence * 1_000, 1);

    assert.equal(samples.times.length, MAX_SAMPLES);
    assert.deepEqual([samples.ages.length, samples.roundTrips.length], [MAX_SAMPLES, MAX_SAMPLES]);
    assert.equal(samples.times.at(-1), 999);
    assert.equal(samples.spanSeconds, MAX_SAMPLES - 1);
  });
});
