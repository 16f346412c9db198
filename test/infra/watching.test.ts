// What watches over the stack: alarms, dashboard, budget.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { functionsOf, only, resourcesOf, synthesize } from '../support/stack.ts';

const template = synthesize();
const alarms = (of: Template = template) =>
  Object.fromEntries(
    resourcesOf(of, 'AWS::CloudWatch::Alarm').map(([id, { Properties }]) => [
      id.replace(/^Alarms|[0-9A-F]{8}$/g, ''),
      Properties,
    ]),
  );

describe('what watches over the stack', () => {
  it('has an alarm for each trouble, by figures that the functions send', () => {
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

    // The last: minutes of a period, periods of so many, and what it means when nothing is heard.
    assert.deepEqual(facts.sort(), [
      ['Cost', ['MessageCount', 'Sum', 'GreaterThan', 372_000], [60, 1, 1, 'notBreaching']],
      ['FailedHandshakes', ['Errors', 'Sum', 'GreaterThanOrEqualTo', 1], [5, 1, 1, 'notBreaching']],
      [
        'FailedRuns',
        ['ApproximateNumberOfMessagesVisible', 'Maximum', 'GreaterThanOrEqualTo', 1],
        [5, 1, 1, 'notBreaching'],
      ],
      ['Forbidden', ['RefusedForbidden', 'Sum', 'GreaterThanOrEqualTo', 10], [5, 1, 1, 'notBreaching']],
      ['Full', ['RefusedFull', 'Sum', 'GreaterThanOrEqualTo', 1], [5, 1, 1, 'notBreaching']],
      ['Silence', ['TicksSent', 'SampleCount', 'LessThan', 1], [1, 2, 2, 'breaching']],
      ['TicksLate', ['AgeP99', 'Maximum', 'GreaterThan', 1_000], [1, 2, 5, 'notBreaching']],
      ['TicksMissed', ['TicksMissed', 'Sum', 'GreaterThanOrEqualTo', 1], [1, 2, 5, 'notBreaching']],
    ]);
  });

  it('tells deployments and shards apart by the dimensions of the figures', () => {
    const broadcast = { Ref: functionsOf(template).broadcast?.logicalId };

    assert.deepEqual(alarms().TicksMissed.Dimensions, [
      { Name: 'service', Value: broadcast },
      { Name: 'shard', Value: '0' },
    ]);
    assert.equal(Object.keys(alarms(synthesize({ shards: 4 }))).length, 4 * 3 + 5);
  });

  it('watches the failures of $connect and of nothing else by the figures of Lambda', () => {
    const { Namespace, Dimensions } = alarms().FailedHandshakes;

    const connect = { Ref: functionsOf(template).connect?.logicalId };
    assert.deepEqual([Namespace, Dimensions], ['AWS/Lambda', [{ Name: 'FunctionName', Value: connect }]]);
  });

  it('waits for the word of a slow clock', () => {
    assert.equal(alarms(synthesize({ interval: Duration.seconds(60) })).Silence.EvaluationPeriods, 3);
  });

  it('tells the topic when an alarm begins and ends', () => {
    const alarmTopicArn = 'arn:aws:sns:eu-west-1:123456789012:pager';

    for (const { AlarmActions, OKActions } of Object.values(alarms(synthesize({ alarmTopicArn })))) {
      assert.deepEqual([AlarmActions, OKActions], [[alarmTopicArn], [alarmTopicArn]]);
    }
    for (const { AlarmActions } of Object.values(alarms())) assert.equal(AlarmActions, undefined);
  });

  it('shows viewers, ticks, age, posts, handshakes and cost', () => {
    const body = JSON.stringify(only('AWS::CloudWatch::Dashboard', template)[1].Properties.DashboardBody);

    const shown = ['Viewers', 'TicksSent', 'TicksMissed', 'AgeP99', 'PostsDelivered', 'PostsTimedOut'];
    for (const name of [
      ...shown,
      'RefusedFull',
      'RefusedForbidden',
      'ConnectCount',
      'IntegrationError',
      'USD a month',
    ]) {
      assert.ok(body.includes(name), name);
    }
  });

  it('mails when the account’s month costs more than its budget', () => {
    const withBudget = synthesize({ monthlyBudget: { usd: 50, email: 'me@example.com' } });

    withBudget.hasResourceProperties('AWS::Budgets::Budget', {
      Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 50, Unit: 'USD' } },
      NotificationsWithSubscribers: [
        Match.objectLike({ Notification: Match.objectLike({ NotificationType: 'ACTUAL', Threshold: 80 }) }),
        Match.objectLike({ Notification: Match.objectLike({ NotificationType: 'FORECASTED', Threshold: 100 }) }),
      ],
    });
    template.resourceCountIs('AWS::Budgets::Budget', 0);
  });
});
