import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Histogram, LONGEST_MILLIS } from '../../../lambdas/domain/histogram.ts';
import { Meter } from '../../../lambdas/domain/measurements.ts';
import { NO_POSTS } from '../../../lambdas/domain/outcomes.ts';

const BOUNDARY = 1_763_861_880_000;

function makeResult(delivered: number, lastAnswerMillis: number) {
  const [sendDelays, ages] = [new Histogram(), new Histogram()];
  for (let copy = 0; copy < delivered; copy++) {
    sendDelays.add(copy);
    ages.add(copy + 100);
  }
  ages.add(Number.POSITIVE_INFINITY);
  const [startedMillis, endedMillis] = [BOUNDARY, BOUNDARY + lastAnswerMillis];
  const report = { ...NO_POSTS, delivered, shed: 1 };
  return { report, gone: [], timedOutIds: new Set<string>(), sendDelays, ages, startedMillis, endedMillis };
}

describe('a meter', () => {
  it('returns the measurements since the last call, and has the total', () => {
    const meter = new Meter();
    meter.total.sent++;
    meter.addFanOut(makeResult(100, 200));
    meter.total.missed += 2;
    meter.take();
    meter.total.sent++;
    meter.addFanOut(makeResult(50, 100));
    meter.total.claimsLost++;

    assert.deepEqual(meter.take(), {
      viewers: 51,
      ticksSent: 1,
      ticksMissed: 0,
      claimsLost: 1,
      posts: { ...NO_POSTS, delivered: 50, shed: 1 },
      sendDelayP50Millis: 24,
      sendDelayP99Millis: 49,
      ageP50Millis: 125,
      ageP99Millis: LONGEST_MILLIS,
      postsPerSecond: 500,
    });
    assert.deepEqual([meter.total.sent, meter.total.missed, meter.total.posts.delivered], [2, 2, 150]);
  });

  it('returns undefined for a runner without ticks', () => {
    assert.equal(new Meter().take(), undefined);
  });
});
