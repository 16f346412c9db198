// Uses the clock as another CDK app would.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { makeApp } from '../../lib/app.ts';
import { TickcastClock } from '../../lib/index.ts';

function clockIn(stack: Stack, shards = 1): TickcastClock {
  return new TickcastClock(stack, 'Clock', { shards, allowedOrigins: ['https://www.example'] });
}

/** @returns the text that CloudFormation makes from a value in the template */
function deployed(value: unknown, nameOf: (logicalId: string) => string): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (Ref !== undefined) return nameOf(Ref);
  const [separator, parts] = join ?? assert.fail(JSON.stringify(value));
  return parts.map((part) => deployed(part, nameOf)).join(separator);
}

describe('the clock in another CDK app', () => {
  it('allows a role to post to its viewers, and nothing else', () => {
    const stack = new Stack(makeApp(), 'Own');
    const role = new Role(stack, 'Poster', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    clockIn(stack).grantPost(role).assertSuccess();

    const [policy, ...more] = Object.values(
      Template.fromStack(stack).findResources('AWS::IAM::Policy', {
        Properties: { Roles: [stack.resolve(role.roleName)] },
      }),
    );
    assert.equal(more.length, 0);
    const [statement, ...others] = policy?.Properties.PolicyDocument.Statement ?? [];
    assert.equal(others.length, 0);
    assert.equal(statement.Action, 'execute-api:ManageConnections');
    assert.match(JSON.stringify(statement.Resource), /\/websocket\/POST\/@connections\/\*/);
  });

  it('has an alarm for the missed ticks of all shards', () => {
    const stack = new Stack(makeApp(), 'Own');
    clockIn(stack, 2).metricTicksMissed().createAlarm(stack, 'Missed', { threshold: 1, evaluationPeriods: 1 });

    const ofShard = (shard: string) =>
      Match.objectLike({
        MetricStat: Match.objectLike({
          Metric: Match.objectLike({
            MetricName: 'TicksMissed',
            Dimensions: Match.arrayWith([{ Name: 'shard', Value: shard }]),
          }),
        }),
      });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Metrics: Match.arrayWith([Match.objectLike({ Expression: 'SUM([shard0, shard1])' }), ofShard('0'), ofShard('1')]),
    });
  });

  it('has a plain metric if there is one shard', () => {
    const stack = new Stack(makeApp(), 'Own');
    clockIn(stack).metricTicksMissed().createAlarm(stack, 'Missed', { threshold: 1, evaluationPeriods: 1 });

    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'TicksMissed',
      Statistic: 'Sum',
    });
  });

  it('refuses a text that is not an origin', () => {
    const clock = clockIn(new Stack(makeApp(), 'Own'));
    for (const origin of ['', '*', 'https://shop.example/', 'shop.example']) {
      assert.throws(() => clock.allowOrigin(origin), { name: 'ConfigError' }, origin);
    }
    clock.allowOrigin('https://shop.example');
  });

  for (const shards of [1, 16]) {
    it(`refuses origins that do not fit into its function’s environment, with ${shards} shards`, (t) => {
      const stack = new Stack(makeApp(), 'Own');
      const clock = clockIn(stack, shards);
      const addAll = () => {
        for (let n = 0; n < 1_000; n++) clock.allowOrigin(`https://shop${n}.example`);
      };
      assert.throws(addAll, {
        name: 'ConfigError',
        message:
          /^allowedOrigins and cells must name origins of at most \d+ bytes in all, .* 4096 bytes, got \d+ bytes /,
      });

      // References to other resources, replaced by names as CloudFormation would generate them.
      const names = (ref: string) =>
        ref.includes('Queue') || ref.includes('Shard')
          ? `https://sqs.ap-northeast-1.amazonaws.com/123456789012/Own-${ref}-abcdefghijkl`
          : `Own-${ref}-ABCDEFGHIJKL`;
      const [{ Properties }] = Object.values(
        Template.fromStack(stack).findResources('AWS::Lambda::Function', {
          Properties: { Environment: { Variables: { ALLOWED_ORIGINS: Match.anyValue() } } },
        }),
      ) as [{ Properties: { Environment: { Variables: Record<string, unknown> } } }];
      const text = JSON.stringify(
        Object.fromEntries(
          Object.entries(Properties.Environment.Variables).map(([name, value]) => [name, deployed(value, names)]),
        ),
      );
      t.diagnostic(`${text.length} of 4,096 bytes`);
      assert.ok(text.length <= 4_096 && text.length > 3_700, text);
    });
  }

  it('has the URLs of its socket and of the @connections API', () => {
    const stack = new Stack(makeApp(), 'Own', { env: { account: '111111111111', region: 'eu-west-1' } });
    const clock = clockIn(stack);

    const text = (value: string) => JSON.stringify(stack.resolve(value));
    assert.match(text(clock.socketUrl), /wss:\/\/.*\.execute-api\.eu-west-1\..*\/websocket/);
    assert.match(text(clock.connectionsEndpoint), /https:\/\/.*\.execute-api\.eu-west-1\..*\/websocket/);
  });
});
