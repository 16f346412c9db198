// The runners' use that the cost assumes, compared with the relay on simulated time and with the function's log.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { ASSUMPTIONS, STACK } from '../../cost/assumptions.ts';
import { RELAY, type RelayUse, relayUse } from '../../cost/relay-use.ts';
import { isSleeping } from '../../lambdas/domain/liveness.ts';
import { MIN_LEAD_MILLIS } from '../../lambdas/domain/wake-ups.ts';
import { PARTITION_COUNT } from '../../protocol/limits.ts';
import { runInWorker } from '../support/in-worker.ts';
import type { Observation } from './observe-relay.ts';

const OBSERVER = new URL('./observe-relay.ts', import.meta.url);

/** Duration of a simulated run that reads the relay and leaves: that of the table's answer. */
const SIMULATED_SHORT_SECONDS = 0.01;

/** Bytes that CloudWatch bills for each line in addition to its text.
 *  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html */
const LINE_BYTES = 26;

/** Lines that Lambda writes before and after an invocation, each with a request id of 36 characters. */
const LAMBDA_LINES = [
  'START RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95 Version: $LATEST',
  'END RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95',
  'REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 60015.74 ms\tBilled Duration: 60016 ms\tMemory Size: 512 MB\tMax Memory Used: 128 MB\tInit Duration: 350.00 ms\t',
];

function assertWithin(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * expected, `${what}: ${actual}, expected ${expected}`);
}

describe('the use that the cost assumes', () => {
  for (const intervalSeconds of [1, 2, 3, 4, 5, 10, 30, 60]) {
    it(`is the use of simulated runners in half an hour at an interval of ${intervalSeconds} s`, async () => {
      const seen = await runInWorker<Observation>(OBSERVER, 'observe', intervalSeconds);

      const use = relayUse(intervalSeconds, 1, 0);
      assert.equal(seen.ticks, 60 / intervalSeconds);
      assertWithin(seen.claims, use.writes, 0.05, 'claims');
      // A run lasts a little more than a minute, so some runners read a third roster.
      assertWithin(seen.rosters * PARTITION_COUNT, use.queries, 0.2, 'queries');
      // A difference of one message per minute changes the cost by about twelve cents a month.
      for (const name of ['invocations', 'messages', 'sends', 'reads', 'records'] as const) {
        assert.ok(Math.abs(seen[name] - use[name]) <= 1.5, `${name}: ${seen[name]}, expected ${use[name]}`);
      }
      const shortRuns = use.invocations - (isSleeping(intervalSeconds * 1000) ? 60 / intervalSeconds : 1);
      const shorter = (ASSUMPTIONS.shortRunSeconds - SIMULATED_SHORT_SECONDS) * shortRuns;
      assertWithin(seen.billedSeconds, use.billedSeconds - shorter, 0.06, 'billed seconds');
    });
  }

  it('has the interval from which runners sleep and the lead of their messages from the relay', () => {
    assert.deepEqual(
      [RELAY.sleepFromSeconds - 1, RELAY.sleepFromSeconds].map((seconds) => isSleeping(seconds * 1000)),
      [false, true],
    );
    assert.equal(RELAY.leadSeconds * 1000, MIN_LEAD_MILLIS);
  });

  it('is proportional to the shards, except for the reads of the roster', () => {
    for (const intervalSeconds of [1, 10]) {
      const { queries, ...one } = relayUse(intervalSeconds, 1, 0);
      const { queries: queriesOfFour, ...four } = relayUse(intervalSeconds, 4, 0);

      assert.equal(queriesOfFour, queries);
      for (const name of Object.keys(one) as (keyof typeof one)[]) assert.equal(four[name], 4 * one[name], name);
    }
  });

  it('includes a read of the roster for each of a few arrivals, but at most one per tick', () => {
    const rosters = (use: RelayUse) => use.queries / PARTITION_COUNT;
    const idle = rosters(relayUse(1, 1, 0));

    assertWithin(rosters(relayUse(1, 1, 1)) - idle, 1, 0.01, 'reads for one arrival a minute');
    assert.ok(rosters(relayUse(1, 1, 10_000)) - idle <= 60);
    assert.equal(rosters(relayUse(10, 1, 10_000)), rosters(relayUse(10, 1, 0)));
  });
});

describe('the log that the cost assumes', () => {
  it('has the number of metrics of a shard', () => {
    const metrics = [...record(), ...lateness()].flatMap((line) => JSON.parse(line)._aws.CloudWatchMetrics[0].Metrics);

    assert.equal(metrics.length, STACK.metricsPerShard);
  });

  it('has the size of the log of a run', () => {
    const bytes = bytesOf([...LAMBDA_LINES, ...arrivalAndEnd(), ...lateness()]);

    assert.ok(bytes <= ASSUMPTIONS.runLogBytes && bytes > 0.8 * ASSUMPTIONS.runLogBytes, `${bytes}`);
  });

  it('has the size of a record', () => {
    const bytes = bytesOf(record());

    assert.ok(bytes <= ASSUMPTIONS.recordLogBytes && bytes > 0.8 * ASSUMPTIONS.recordLogBytes, `${bytes}`);
  });
});

const record = () =>
  linesOf(`
    const meter = new Meter();
    meter.total.sent++;
    metrics.record({ ...meter.take(), clockBoundMillis: 812 });`);
const lateness = () => linesOf('metrics.woken(17);');
const arrivalAndEnd = () =>
  linesOf(`
    const runnerId = crypto.randomUUID();
    const message = { reason: 'guard', shard: 0, delaySeconds: 8, sentBy: crypto.randomUUID() };
    const posts = NO_POSTS;
    log.info('a runner arrived', { runnerId, requestId: crypto.randomUUID(), ...message });
    log.info('a runner left', { runnerId, exit: 'not needed', sent: 0, missed: 0, posts });`);

/** @param statements with `metrics` and `log` as the handler has them
 *  @returns the lines that they print */
function linesOf(statements: string): string[] {
  const module = (path: string) => JSON.stringify(new URL(`../../lambdas/${path}`, import.meta.url).href);
  const functionName = 'Tickcast-ClockBroadcast47B0DD9A-aBcDeFgHiJkL';
  const script = `
    import { makeEmfMetrics } from ${module('aws/emf-metrics.ts')};
    import { Meter } from ${module('domain/measurements.ts')};
    import { NO_POSTS } from ${module('domain/outcomes.ts')};
    import { makeLog } from ${module('log.ts')};
    const metrics = makeEmfMetrics({ functionName: '${functionName}', awsRequestId: crypto.randomUUID() }, 0);
    const log = makeLog('broadcast');
    ${statements}`;
  const env = {
    ...process.env,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    _X_AMZN_TRACE_ID: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  };
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', env });
  return output.trim().split('\n');
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length + LINE_BYTES, 0);
}
