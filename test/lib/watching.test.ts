// The alarms and the dashboard of the stack.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { ASSUMPTIONS } from '../../cost/assumptions.ts';
import { probeGapSeconds } from '../../cost/monthly-cost.ts';
import { failedRunsOf, functionsOf, only, resourcesOf, synthesize } from '../support/stack.ts';

const template = synthesize();
const alarms = (of: Template = template) =>
  Object.fromEntries(
    resourcesOf(of, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => [
      id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
      Properties,
    ]),
  );

/** One metric of CloudWatch. The values of dimensions are texts or logical ids. */
interface Figure {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

function keyOf({ namespace, name, dimensions }: Figure): string {
  const pairs = Object.entries(dimensions).map(([key, value]) => `${key}=${value}`);
  return [namespace, name, ...pairs.sort()].join(' ');
}

// biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON
function textOf(value: any): string {
  if (typeof value === 'string') return value;
  if ('Fn::Join' in value) return value['Fn::Join'][1].map(textOf).join(value['Fn::Join'][0]);
  return value.Ref ?? value['Fn::GetAtt'][0];
}

function figuresOfAlarms(of: Template): Figure[] {
  return Object.values(alarms(of)).map(({ Namespace: namespace, MetricName: name, Dimensions }) => ({
    namespace,
    name,
    dimensions: Object.fromEntries(
      Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, textOf(Value)]),
    ),
  }));
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
function figuresOfDashboard(of: Template): Figure[] {
  const { widgets } = JSON.parse(textOf(only('AWS::CloudWatch::Dashboard', of)[1].Properties.DashboardBody));
  // biome-ignore lint/suspicious/noExplicitAny: untyped JSON
  const rows: any[][] = widgets.flatMap(({ properties }: any) => properties.metrics ?? []);
  return rows
    .map((row) => row.filter((part) => typeof part === 'string'))
    .filter(({ length }) => length > 0)
    .map(([namespace = '', name = '', ...pairs]) => ({
      namespace,
      name,
      dimensions: Object.fromEntries(pairs.flatMap((key, at) => (at % 2 === 0 ? [[key, pairs[at + 1] ?? '']] : []))),
    }));
}

/** @returns the metrics that the functions' modules print, with logical ids as names */
function figuresOfFunctions(shards: number): Figure[] {
  const { broadcast, connect } = functionsOf(template);
  const module = (path: string) => JSON.stringify(new URL(`../../lambdas/${path}`, import.meta.url).href);
  const script = `
    import { makeEmfMetrics, makeRefusalMetrics } from ${module('aws/emf-metrics.ts')};
    import { REFUSALS } from ${module('aws/metric-names.ts')};
    import { Meter } from ${module('domain/measurements.ts')};
    for (let shard = 0; shard < ${shards}; shard++) {
      const meter = new Meter();
      meter.total.sent++;
      const metrics = makeEmfMetrics({ functionName: '${broadcast?.logicalId}', awsRequestId: 'r' }, shard);
      metrics.record({ ...meter.take(), clockBoundMillis: 1 });
      metrics.woken(1);
      metrics.clockError();
    }
    for (const status of Object.keys(REFUSALS)) makeRefusalMetrics({ functionName: '${connect?.logicalId}', awsRequestId: 'r' }).refused(status);`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .flatMap(({ _aws, ...values }) => {
      const [{ Namespace: namespace, Dimensions, Metrics }] = _aws.CloudWatchMetrics;
      const dimensions = Object.fromEntries(Dimensions[0].map((name: string) => [name, values[name]]));
      return Metrics.map(({ Name: name }: { Name: string }) => ({ namespace, name, dimensions }));
    });
}

describe('the alarms and the dashboard', () => {
  it('include an alarm for each problem, with metrics that the functions send', () => {
    const facts = Object.entries(alarms()).map(
      ([name, { MetricName, Statistic, ComparisonOperator, Threshold, ...rest }]) => [
        name,
        [MetricName, Statistic, ComparisonOperator.replace(/Threshold$/, ''), Threshold],
        [
          rest.Period / 60,
          rest.DatapointsToAlarm ?? rest.EvaluationPeriods,
          rest.EvaluationPeriods,
          rest.TreatMissingData,
        ],
      ],
    );

    // The last three: minutes of a period, periods that must breach of how many, and the meaning of missing data.
    assert.deepEqual(facts.sort(), [
      ['ClockErrors', ['ClockErrors', 'Sum', 'GreaterThanOrEqualTo', 1], [5, 1, 1, 'notBreaching']],
      ['Cost', ['MessageCount', 'Sum', 'GreaterThan', 550_869], [60, 1, 1, 'notBreaching']],
      ['FailedHandshakes', ['Errors', 'Sum', 'GreaterThanOrEqualTo', 1], [5, 1, 1, 'notBreaching']],
      [
        'FailedRuns',
        ['ApproximateNumberOfMessagesVisible', 'Maximum', 'GreaterThanOrEqualTo', 1],
        [5, 1, 1, 'notBreaching'],
      ],
      ['Forbidden', ['RefusedForbidden', 'Sum', 'GreaterThanOrEqualTo', 10], [5, 1, 1, 'notBreaching']],
      ['Full', ['RefusedFull', 'Sum', 'GreaterThanOrEqualTo', 1], [5, 1, 1, 'notBreaching']],
      ['Silence', ['TicksSent', 'SampleCount', 'LessThan', 1], [1, 2, 2, 'breaching']],
      ['Throttled', ['ClientError', 'Sum', 'GreaterThanOrEqualTo', 100], [5, 1, 1, 'notBreaching']],
      ...['Broadcast', 'Connect', 'Disconnect', 'Message'].map((name) => [
        `Throttles${name}`,
        ['Throttles', 'Sum', 'GreaterThanOrEqualTo', 1],
        [5, 1, 1, 'notBreaching'],
      ]),
      ['TicksLate', ['AgeP99', 'Maximum', 'GreaterThan', 1_000], [1, 2, 5, 'notBreaching']],
      ['TicksMissed', ['TicksMissed', 'Sum', 'GreaterThanOrEqualTo', 1], [1, 2, 5, 'notBreaching']],
    ]);
  });

  it('distinguish deployments and shards by the dimensions of the metrics', () => {
    const broadcast = { Ref: functionsOf(template).broadcast?.logicalId };

    for (const name of ['TicksMissed', 'ClockErrors']) {
      assert.deepEqual(alarms()[name].Dimensions, [
        { Name: 'service', Value: broadcast },
        { Name: 'shard', Value: '0' },
      ]);
    }
    assert.equal(Object.keys(alarms(synthesize({ shards: 4 }))).length, 4 * 4 + 10);
  });

  it('include a cost alarm that tolerates an hour in which all viewers reconnect, but not 50 % more messages', () => {
    for (const seconds of [1, 10, 60]) {
      const { Threshold } = alarms(synthesize({ interval: Duration.seconds(seconds) })).Cost;
      const probes = 3_600 / probeGapSeconds(seconds) + ASSUMPTIONS.seriesProbes;
      const anew = 100 * (3_600 / seconds + 2 * probes);

      assert.ok(Threshold > 1.1 * anew && Threshold < 1.5 * anew, `${Threshold} for ${anew}`);
    }
  });

  it('allow a tick the time that its paced posts take', () => {
    const threshold = (props: Parameters<typeof synthesize>[0]) => alarms(synthesize(props)).TicksLate.Threshold;

    assert.equal(threshold({ maxViewers: 7_000 }), 1_000);
    assert.equal(threshold({ maxViewers: 70_000, interval: Duration.seconds(10) }), 9_625);
  });

  it('include an alarm for throttled executions of each function', () => {
    for (const [name, { logicalId }] of Object.entries(functionsOf(template))) {
      const { Namespace, Dimensions } = alarms()[`Throttles${name.charAt(0).toUpperCase()}${name.slice(1)}`];
      assert.deepEqual([Namespace, Dimensions], ['AWS/Lambda', [{ Name: 'FunctionName', Value: { Ref: logicalId } }]]);
    }
  });

  it('use Lambda’s errors for $connect only', () => {
    const { Namespace, Dimensions } = alarms().FailedHandshakes;

    const connect = { Ref: functionsOf(template).connect?.logicalId };
    assert.deepEqual([Namespace, Dimensions], ['AWS/Lambda', [{ Name: 'FunctionName', Value: connect }]]);
  });

  it('are deployed last, when a runner has had time to report', () => {
    const [[, silence] = assert.fail()] = resourcesOf(template, 'AWS::CloudWatch::Alarm').filter(([id]) =>
      id.startsWith('AlarmsSilence'),
    );

    for (const type of ['AWS::Scheduler::Schedule', 'AWS::CloudFront::Distribution']) {
      assert.ok(silence.DependsOn.includes(only(type, template)[0]), type);
    }
  });

  it('give a clock with a long interval more time to report', () => {
    assert.equal(alarms(synthesize({ interval: Duration.seconds(60) })).Silence.EvaluationPeriods, 3);
  });

  it('send a message to the topic when an alarm starts and ends', () => {
    const alarmTopicArn = 'arn:aws:sns:eu-west-1:123456789012:pager';

    for (const { AlarmActions, OKActions } of Object.values(alarms(synthesize({ alarmTopicArn })))) {
      assert.deepEqual([AlarmActions, OKActions], [[alarmTopicArn], [alarmTopicArn]]);
    }
    for (const { AlarmActions } of Object.values(alarms())) assert.equal(AlarmActions, undefined);
  });

  it('show viewers, ticks, age, posts, handshakes, clocks and cost', () => {
    const shown = new Set(figuresOfDashboard(template).map(({ name }) => name));

    const names = ['Viewers', 'TicksSent', 'TicksMissed', 'AgeP99', 'PostsFailed'];
    const ofHandshakes = ['RefusedFull', 'RefusedForbidden', 'ConnectCount', 'ClientError', 'IntegrationError'];
    const ofClocks = ['ClockBound', 'ClockErrors', 'WakeLateness'];
    for (const name of [...names, ...ofHandshakes, ...ofClocks, 'MessageCount']) assert.ok(shown.has(name), name);
  });

  it('use exactly the metrics that the functions write, with the same names and dimensions', () => {
    const of = synthesize({ shards: 2 });
    const written = new Set(figuresOfFunctions(2).map(keyOf));

    const read = [...figuresOfAlarms(of), ...figuresOfDashboard(of)].filter(
      ({ namespace }) => !namespace.startsWith('AWS/'),
    );
    // An unused metric is billed too.
    assert.deepEqual([...new Set(read.map(keyOf))].sort(), [...written].sort());
  });

  it('use metrics that AWS documents for the API, the functions and the queue', () => {
    const [api] = only('AWS::ApiGatewayV2::Api', template);
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
    const ofApi = ['ConnectCount', 'MessageCount', 'ClientError', 'ExecutionError', 'IntegrationError'];
    const written = new Set([
      ...ofApi.map((name) => `AWS/ApiGateway ${name} ApiId=${api} Stage=websocket`),
      `AWS/Lambda Errors FunctionName=${functionsOf(template).connect?.logicalId}`,
      ...Object.values(functionsOf(template)).map(({ logicalId }) => `AWS/Lambda Throttles FunctionName=${logicalId}`),
      `AWS/SQS ApproximateNumberOfMessagesVisible QueueName=${failedRunsOf(template)}`,
    ]);

    const read = [...figuresOfAlarms(template), ...figuresOfDashboard(template)];
    const ofAws = new Set(read.filter(({ namespace }) => namespace.startsWith('AWS/')).map(keyOf));
    assert.deepEqual([...ofAws].sort(), [...written].sort());
  });
});
