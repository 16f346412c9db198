// The log lines from which CloudWatch extracts metrics.

import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { makeEmfMetrics, makeRefusalMetrics } from '../../../lambdas/aws/emf-metrics.ts';
import { NO_POSTS } from '../../../lambdas/domain/outcomes.ts';
import type { Measurements } from '../../../lambdas/domain/ports.ts';

const MEASUREMENTS: Measurements = {
  viewers: 3,
  ticksSent: 59,
  ticksMissed: 1,
  claimsLost: 2,
  posts: { ...NO_POSTS, delivered: 170, timedOut: 4 },
  sendDelayP50Millis: 5,
  sendDelayP99Millis: 12,
  ageP50Millis: 15,
  ageP99Millis: 40,
  postsPerSecond: 900,
};

/** @returns the fields of the only line that the call writes */
function fieldsOf(t: TestContext, publish: () => void) {
  const texts: string[] = [];
  const write = t.mock.method(process.stdout, 'write', (text: string) => texts.push(text) > 0);
  publish();
  write.mock.restore();
  const [text = '', ...others] = texts.join('').trimEnd().split('\n');
  assert.deepEqual(others, []);
  return JSON.parse(text);
}

/** @returns namespace and dimensions of that line, and its metrics as name, unit and value */
function lineOf(t: TestContext, publish: () => void) {
  const { _aws, ...fields } = fieldsOf(t, publish);
  const [{ Namespace: namespace, Dimensions: dimensions, Metrics: declared }, ...furtherDirectives] =
    _aws.CloudWatchMetrics;
  assert.deepEqual(furtherDirectives, []);
  const metrics = declared.map(({ Name, Unit }: Record<string, string>) => [Name, Unit, fields[Name ?? '']]);
  const values = Object.fromEntries(dimensions[0].map((name: string) => [name, fields[name]]));
  return { namespace, dimensions, values, metrics };
}

const SHARED = {
  namespace: 'Tickcast',
  dimensions: [['service', 'shard']],
  values: { service: 'clock-broadcast', shard: '2' },
};

describe('the metrics of the broadcast function', () => {
  const metrics = makeEmfMetrics({ functionName: 'clock-broadcast', awsRequestId: 'request-1' }, 2);

  it('contain the measurements of a runner, by function and shard', (t) => {
    const { metrics: found, ...line } = lineOf(t, () => metrics.record(MEASUREMENTS));

    assert.deepEqual(line, SHARED);
    assert.deepEqual(found, [
      ['Viewers', 'Count', 3],
      ['TicksSent', 'Count', 59],
      ['TicksMissed', 'Count', 1],
      ['AgeP99', 'Milliseconds', 40],
      ['PostsFailed', 'Count', 4],
    ]);
  });

  it('are written with all other measurements as fields of the line', (t) => {
    const fields = fieldsOf(t, () => metrics.record(MEASUREMENTS));

    const { delivered, timedOut, claimsLost, sendDelayP99Millis } = fields;
    assert.deepEqual([delivered, timedOut, claimsLost, sendDelayP99Millis], ['170', '4', '2', '12']);
  });

  it('contain the bound of the clock only when it is proven', (t) => {
    const { metrics: found, ...line } = lineOf(t, () => metrics.record({ ...MEASUREMENTS, clockBoundMillis: 730 }));

    assert.deepEqual(line, SHARED);
    assert.deepEqual(
      found.filter(([name]: [string]) => name === 'ClockBound'),
      [['ClockBound', 'Milliseconds', 730]],
    );
    const { metrics: others } = lineOf(t, () => metrics.record(MEASUREMENTS));
    assert.ok(others.every(([name]: [string]) => name !== 'ClockBound'));
  });

  it('contain zero viewers and zero ticks for an empty shard', (t) => {
    const found = [
      ['Viewers', 'Count', 0],
      ['TicksSent', 'Count', 0],
    ];
    assert.deepEqual(
      lineOf(t, () => metrics.empty()),
      { ...SHARED, metrics: found },
    );
  });

  for (const latenessMillis of [-12, 0, 1_870]) {
    it(`contain the lateness of a wake message that came ${latenessMillis} ms late`, (t) => {
      assert.deepEqual(
        lineOf(t, () => metrics.woken(latenessMillis)),
        { ...SHARED, metrics: [['WakeLateness', 'Milliseconds', latenessMillis]] },
      );
    });
  }

  it('count a runner that ended because of its clock', (t) => {
    assert.deepEqual(
      lineOf(t, () => metrics.clockError()),
      { ...SHARED, metrics: [['ClockErrors', 'Count', 1]] },
    );
  });
});

describe('the metrics of the $connect function', () => {
  it('count a refusal by its status, by function', (t) => {
    assert.deepEqual(
      lineOf(t, () => makeRefusalMetrics({ functionName: 'clock-connect', awsRequestId: 'request-1' }).refused(429)),
      {
        namespace: 'Tickcast',
        dimensions: [['service']],
        values: { service: 'clock-connect' },
        metrics: [['RefusedFull', 'Count', 1]],
      },
    );
  });
});
