import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import type { TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { synthesize } from '../support/stack.ts';

const template = synthesize();

/** What a policy of the function with this description allows, beyond its logs. */
function actionsOf(functionId: string): Record<string, unknown> {
  const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) =>
    id.startsWith(`${functionId}ServiceRole`),
  );
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    Properties.Roles.some((candidate: { Ref: string }) => candidate.Ref === role?.[0]),
  );
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  return Object.fromEntries(
    statements.map(({ Action, Resource, Effect }) => {
      assert.equal(Effect, 'Allow');
      return [[Action].flat().sort().join(), Resource];
    }),
  );
}

describe('the stack', () => {
  it('has one stage, named after the path of the socket and deployed by itself', () => {
    template.resourcePropertiesCountIs('AWS::ApiGatewayV2::Stage', { StageName: 'websocket', AutoDeploy: true }, 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
  });

  it('runs functions on Node 24 and Arm, tried once and never a minute late', () => {
    for (const functionId of ['Connect', 'Disconnect', 'Message', 'Broadcast']) {
      const [entry] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(([id]) =>
        new RegExp(`^${functionId}[0-9A-F]{8}$`).test(id),
      );
      const { Runtime, Architectures, Handler } = entry?.[1].Properties ?? {};
      assert.deepEqual(
        { Runtime, Architectures, Handler },
        { Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' },
      );
    }
    template.allResourcesProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
    template.resourceCountIs('AWS::Lambda::EventInvokeConfig', 4);
  });

  it('invokes the broadcast each minute with the scheduled time, once and never a minute late', () => {
    template.resourcePropertiesCountIs(
      'AWS::Scheduler::Schedule',
      {
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Broadcast'), 'Arn'] },
          Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>","shard":0}',
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      },
      1,
    );
  });

  it('expires rows and bills the table by the request', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    });
  });

  it('gives each function what it uses and no more', () => {
    const tableArn = Object.keys(template.findResources('AWS::DynamoDB::GlobalTable'))[0];
    const isTable = { 'Fn::GetAtt': [tableArn, 'Arn'] };

    const [broadcastId = ''] = Object.keys(template.findResources('AWS::Lambda::Function')).filter((id) =>
      /^Broadcast[0-9A-F]{8}$/.test(id),
    );
    assert.deepEqual(actionsOf('Connect'), {
      'dynamodb:DeleteItem,dynamodb:GetItem,dynamodb:PutItem,dynamodb:UpdateItem': isTable,
      'lambda:InvokeFunction': { 'Fn::GetAtt': [broadcastId, 'Arn'] },
    });
    assert.deepEqual(actionsOf('Disconnect'), { 'dynamodb:DeleteItem': isTable });
    assert.deepEqual(actionsOf('Message'), {});
    const { 'execute-api:ManageConnections': connections, ...rest } = actionsOf('Broadcast');
    assert.deepEqual(rest, {
      'dynamodb:DeleteItem,dynamodb:GetItem,dynamodb:PutItem,dynamodb:Query,dynamodb:UpdateItem': isTable,
      'lambda:InvokeFunction': { 'Fn::GetAtt': [broadcastId, 'Arn'] },
    });
    assert.match(JSON.stringify(connections), /"\/websocket\/\*\/@connections\/\*"/);
  });

  it('serves page and socket on one origin, the page from a private bucket', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        DefaultRootObject: 'index.html',
        CacheBehaviors: [
          Match.objectLike({
            PathPattern: '/websocket',
            // CachingDisabled and AllViewerExceptHostHeader.
            CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
            OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
            ViewerProtocolPolicy: 'https-only',
          }),
        ],
        Origins: Match.arrayWith([
          Match.objectLike({ OriginAccessControlId: Match.anyValue() }),
          Match.objectLike({
            DomainName: { 'Fn::Join': ['', Match.arrayWith(['.execute-api.'])] },
            OriginPath: Match.absent(),
            CustomOriginConfig: Match.objectLike({ OriginProtocolPolicy: 'https-only' }),
          }),
        ]),
      }),
    });
    template.hasResourceProperties('AWS::S3::Bucket', {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it('lets only its own page connect', () => {
    const [distribution] = Object.keys(template.findResources('AWS::CloudFront::Distribution'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          ALLOWED_ORIGINS: { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [distribution, 'DomainName'] }]] },
        }),
      },
    });
  });

  it('keeps logs for a month, and no longer than itself', () => {
    template.allResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    template.resourceCountIs('AWS::Logs::LogGroup', 5);
  });

  it('passes its properties on', () => {
    const props = { interval: Duration.seconds(10), maxViewers: 5_000, maxViewersPerAddress: 20, requireOrigin: true };
    const changed = synthesize({ ...props, shards: 4, poolSize: 50 });

    const common = { INTERVAL_SECONDS: '10', SHARDS: '4', MAX_VIEWERS_PER_ADDRESS: '20' };
    for (const variables of [
      { ...common, MAX_VIEWERS: '5000', ORIGIN_REQUIRED: 'true' },
      { ...common, POOL_SIZE: '50' },
    ]) {
      changed.hasResourceProperties('AWS::Lambda::Function', {
        Environment: { Variables: Match.objectLike(variables) },
      });
    }
    for (let shard = 0; shard < 4; shard++) {
      changed.hasResourceProperties('AWS::Scheduler::Schedule', {
        Target: { Input: `{"scheduledAt":"<aws.scheduler.scheduled-time>","shard":${shard}}` },
      });
    }
    changed.resourceCountIs('AWS::Scheduler::Schedule', 4);
  });

  it('limits the viewers to a hundred when it is not told otherwise', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MAX_VIEWERS: '100', ORIGIN_REQUIRED: 'false' }) },
    });
  });

  const wrong: [TickcastStackProps, string][] = [
    [{ interval: Duration.seconds(0) }, 'interval must be a whole number of seconds from 1 to 60, got "0"'],
    [{ interval: Duration.seconds(61) }, 'interval must be a whole number of seconds from 1 to 60, got "61"'],
    [{ interval: Duration.minutes(2) }, 'interval must be a whole number of seconds from 1 to 60, got "120"'],
    [{ shards: 3 }, 'shards must be one of 1, 2, 4, 8, 16, got "3"'],
    [{ maxViewers: 0 }, 'maxViewers must be a whole number from 1 to 1000000, got "0"'],
    [{ maxViewersPerAddress: 1.5 }, 'maxViewersPerAddress must be a whole number from 1 to 1000000, got "1.5"'],
    [{ poolSize: 2_000 }, 'poolSize must be a whole number from 1 to 1000, got "2000"'],
  ];
  for (const [props, message] of wrong) {
    it(`refuses ${message}`, () => assert.throws(() => synthesize(props), { message }));
  }
});
