// Checks the template. nag.test.ts and the other files of this folder check more of it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Match, type Template } from 'aws-cdk-lib/assertions';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { monthlyCost } from '../../cost/monthly-cost.ts';
import type { TickcastStackProps } from '../../lib/tickcast-stack.ts';
import { failedRunsOf, functionsOf, only as onlyOf, resourcesOf, synthesize, wakeQueuesOf } from '../support/stack.ts';

const template = synthesize();
const withoutSite = synthesize({ site: false, allowedOrigins: ['https://www.example', 'http://localhost:8888'] });

/** @returns the resources that the policies of a role allow, by actions */
function allowedTo(roleId: RegExp, of: Template = template): Record<string, unknown> {
  const [role] = resourcesOf(of, 'AWS::IAM::Role').filter(([id]) => roleId.test(id));
  const [id, { Properties }] = role ?? assert.fail(`no role is named ${roleId}`);
  assert.deepEqual([Properties.ManagedPolicyArns, Properties.Policies], [undefined, undefined]);
  const policies = resourcesOf(of, 'AWS::IAM::Policy').filter(([, policy]) =>
    policy.Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === id),
  );
  return Object.fromEntries(
    policies
      .flatMap(([, policy]) => policy.Properties.PolicyDocument.Statement)
      .map(({ Action, Resource, Effect }) => {
        assert.equal(Effect, 'Allow');
        return [[Action].flat().sort().join(), Resource];
      }),
  );
}

const only = (type: string, of: Template = template) => onlyOf(type, of);

/** @param name the logical id without the hash at its end
 *  @returns the logical id */
function headersPolicy(name: string): string {
  const [found] = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy').filter(
    ([id]) => id.replace(/[0-9A-F]{8}$/, '') === name,
  );
  return found?.[0] ?? assert.fail(`no policy of headers is named ${name}`);
}

const arnOf = (logicalId: string | undefined) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
describe('the stack', () => {
  it('has one stage, which has the name of the socket’s path and is deployed automatically', () => {
    template.resourcePropertiesCountIs('AWS::ApiGatewayV2::Stage', { StageName: 'websocket', AutoDeploy: true }, 1);
    template.resourceCountIs('AWS::ApiGatewayV2::Stage', 1);
  });

  it('runs functions on Node 24 and Arm, once for each event and never for one older than a minute', () => {
    const functions = Object.values(functionsOf(template));
    assert.equal(functions.length, 4);
    for (const { Properties } of functions) {
      const { Runtime, Architectures, Handler } = Properties;
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

  it('invokes the broadcast function each minute with the scheduled time, once and never a minute late', () => {
    template.resourcePropertiesCountIs(
      'AWS::Scheduler::Schedule',
      {
        ScheduleExpression: 'rate(1 minute)',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: Match.objectLike({
          Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^ClockBroadcast'), 'Arn'] },
          Input: '{"scheduledAt":"<aws.scheduler.scheduled-time>","shard":0}',
          RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
        }),
      },
      1,
    );
  });

  it('allows only its own schedules to use their role', () => {
    const [[, role] = assert.fail()] = resourcesOf(template, 'AWS::IAM::Role').filter(([id]) =>
      id.startsWith('ClockSchedulesRole'),
    );

    assert.deepEqual(role.Properties.AssumeRolePolicyDocument.Statement, [
      {
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
      },
    ]);
  });

  it('has a table with expiry, encryption, recovery and billing per request', () => {
    template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [Match.objectLike({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } })],
      // False means DynamoDB's own key: the table is still encrypted.
      SSESpecification: { SSEEnabled: false },
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    });
  });

  it('gives each function its own role, with the permissions that it uses and no others', () => {
    const isTable = arnOf(only('AWS::DynamoDB::GlobalTable')[0]);
    const isBroadcast = arnOf(functionsOf(template).broadcast?.logicalId);
    const isFailedRuns = arnOf(failedRunsOf(template));
    const isWakeQueue = arnOf(wakeQueuesOf(template)[0]?.[0]);
    const logs = 'logs:CreateLogStream,logs:PutLogEvents';
    const own = (name: string) =>
      arnOf(resourcesOf(template, 'AWS::Logs::LogGroup').find(([id]) => id.startsWith(name))?.[0]);

    assert.deepEqual(allowedTo(/^ClockConnectRole/), {
      [logs]: own('ClockConnectLogs'),
      'dynamodb:DeleteItem,dynamodb:GetItem,dynamodb:PutItem,dynamodb:UpdateItem': isTable,
      'sqs:SendMessage': isWakeQueue,
    });
    assert.deepEqual(allowedTo(/^ClockDisconnectRole/), {
      [logs]: own('ClockDisconnectLogs'),
      'dynamodb:DeleteItem': isTable,
    });
    assert.deepEqual(allowedTo(/^ClockMessageRole/), { [logs]: own('ClockMessageLogs') });
    const { 'execute-api:ManageConnections': connections, ...rest } = allowedTo(/^ClockBroadcastRole/);
    assert.deepEqual(rest, {
      [logs]: own('ClockBroadcastLogs'),
      'dynamodb:DeleteItem,dynamodb:GetItem,dynamodb:PutItem,dynamodb:Query,dynamodb:UpdateItem': isTable,
      'sqs:GetQueueAttributes,sqs:GetQueueUrl,sqs:SendMessage': isFailedRuns,
      'sqs:DeleteMessage,sqs:GetQueueAttributes,sqs:ReceiveMessage,sqs:SendMessage': isWakeQueue,
    });
    assert.match(JSON.stringify(connections), /"\/websocket\/POST\/@connections\/\*"/);
    assert.deepEqual(allowedTo(/^ClockSchedulesRole/), {
      'lambda:InvokeFunction': isBroadcast,
      'sqs:SendMessage': isFailedRuns,
    });
  });

  it('allows only the upload function to write the page', () => {
    const [bucket] = only('AWS::S3::Bucket');

    assert.deepEqual(allowedTo(/^SitePageUploadRole/), {
      'logs:CreateLogStream,logs:PutLogEvents': arnOf(
        resourcesOf(template, 'AWS::Logs::LogGroup').find(([id]) => id.startsWith('SitePage'))?.[0],
      ),
      's3:DeleteObject,s3:PutObject': { 'Fn::Join': ['', [arnOf(bucket), '/*']] },
      's3:ListBucket': arnOf(bucket),
    });
    const [, policy] = only('AWS::S3::BucketPolicy');
    const allowed = policy.Properties.PolicyDocument.Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    );
    assert.deepEqual(
      allowed.map(({ Principal, Action }: { Principal: unknown; Action: unknown }) => [Principal, Action]),
      [[{ Service: 'cloudfront.amazonaws.com' }, 's3:GetObject']],
    );
  });

  it('serves page and socket on one origin, with the page in a private bucket', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        DefaultRootObject: 'index.html',
        DefaultCacheBehavior: Match.objectLike({
          // CachingOptimized.
          CachePolicyId: '658327ea-f89d-4fab-a63d-7e88639e58f6',
          ViewerProtocolPolicy: 'redirect-to-https',
        }),
        CacheBehaviors: [
          Match.objectLike({
            PathPattern: '/tick-cast-clock.js',
            ViewerProtocolPolicy: 'redirect-to-https',
            Compress: true,
          }),
          ...['/websocket', '/websocket/'].map((PathPattern) =>
            Match.objectLike({
              PathPattern,
              // CachingDisabled and AllViewerExceptHostHeader.
              CachePolicyId: '4135ea2d-6df8-44a3-9df3-4b5a84be39ad',
              OriginRequestPolicyId: 'b689b0a8-53d0-40ab-baf2-68738e2966ac',
              ViewerProtocolPolicy: 'https-only',
            }),
          ),
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

  it('allows only its own page to connect', () => {
    const [distribution] = Object.keys(template.findResources('AWS::CloudFront::Distribution'));
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          ALLOWED_ORIGINS: { 'Fn::Join': ['', ['https://', { 'Fn::GetAtt': [distribution, 'DomainName'] }]] },
        }),
      },
    });
  });

  it('keeps logs for a month, and deletes them with the stack', () => {
    template.allResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 }, DeletionPolicy: 'Delete' });
    template.resourceCountIs('AWS::Logs::LogGroup', 5);
  });

  it('uploads the page without BucketDeployment, and again after each change', () => {
    const [, { Properties }] = only('Custom::TickcastPage');

    assert.deepEqual(Properties.ServiceTimeout, '180');
    const uploader = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) => id.startsWith('SitePageUpload'));
    assert.equal(Properties.Package, uploader?.[1].Properties.Code.S3Key);
    template.resourceCountIs('AWS::Lambda::Function', 5);
    template.resourceCountIs('AWS::Lambda::LayerVersion', 0);
  });

  it('admits only handshakes to which CloudFront has added the secret', () => {
    const [secret, { Properties }] = only('AWS::SecretsManager::Secret');
    const reference = { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: secret }, ':SecretString:::}}']] };

    assert.deepEqual(Properties.GenerateSecretString, { ExcludePunctuation: true, PasswordLength: 48 });
    const [, distribution] = only('AWS::CloudFront::Distribution');
    const headers = distribution.Properties.DistributionConfig.Origins.flatMap(
      ({ OriginCustomHeaders = [] }: { OriginCustomHeaders?: unknown[] }) => OriginCustomHeaders,
    );
    assert.deepEqual(headers, [{ HeaderName: 'x-tickcast-origin-secret', HeaderValue: reference }]);
    assert.deepEqual(functionsOf(template).connect?.Properties.Environment.Variables.ORIGIN_SECRET, reference);
  });

  it('works without that secret', () => {
    const open = synthesize({ originSecret: false });

    open.resourceCountIs('AWS::SecretsManager::Secret', 0);
    assert.equal(functionsOf(open).connect?.Properties.Environment.Variables.ORIGIN_SECRET, 'none');
  });

  it('has a policy that allows the page only its own files and its socket', () => {
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: Match.objectLike({
        SecurityHeadersConfig: {
          ContentSecurityPolicy: {
            ContentSecurityPolicy:
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            Override: true,
          },
          ContentTypeOptions: { Override: true },
          FrameOptions: { FrameOption: 'DENY', Override: true },
          ReferrerPolicy: { ReferrerPolicy: 'no-referrer', Override: true },
          StrictTransportSecurity: { AccessControlMaxAgeSec: 31_536_000, IncludeSubdomains: false, Override: true },
        },
      }),
    });
    const headers = headersPolicy('SiteHeaders');
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        DefaultCacheBehavior: Match.objectLike({ ResponseHeadersPolicyId: { Ref: headers }, Compress: true }),
      }),
    });
  });

  it('allows any page to load the custom element, but no other file', () => {
    template.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        CacheBehaviors: Match.arrayWith([
          Match.objectLike({
            PathPattern: '/tick-cast-clock.js',
            ResponseHeadersPolicyId: { Ref: headersPolicy('SiteElementHeaders') },
          }),
        ]),
      }),
    });
    const withCors = resourcesOf(template, 'AWS::CloudFront::ResponseHeadersPolicy').filter(
      ([, { Properties }]) => Properties.ResponseHeadersPolicyConfig.CorsConfig,
    );
    assert.deepEqual(
      withCors.map(([id]) => id),
      [headersPolicy('SiteElementHeaders')],
    );
  });

  it('does not cache errors, so no viewer gets the error of another', () => {
    const [, { Properties }] = only('AWS::CloudFront::Distribution');
    const codes = [400, 403, 404, 500, 502, 503, 504];

    assert.deepEqual(
      Properties.DistributionConfig.CustomErrorResponses,
      codes.map((ErrorCode) => ({ ErrorCode, ErrorCachingMinTTL: 0 })),
    );
  });

  it('throttles handshakes and messages by route, and never the posts of ticks', () => {
    const settings = (of: Template) => only('AWS::ApiGatewayV2::Stage', of)[1];
    const { RouteSettings, DefaultRouteSettings } = settings(template).Properties;

    assert.equal(DefaultRouteSettings, undefined);
    assert.deepEqual(RouteSettings, {
      $connect: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      $default: { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 1_000 },
    });
    assert.deepEqual(settings(synthesize({ maxViewers: 1 })).Properties.RouteSettings.$connect, RouteSettings.$connect);
    // API Gateway refuses settings of a route that does not exist yet.
    const routes = resourcesOf(template, 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    for (const route of routes) assert.ok(settings(template).DependsOn.includes(route));
    assert.deepEqual(settings(synthesize({ maxViewers: 1_000_000 })).Properties.RouteSettings, {
      $connect: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 },
      $default: { ThrottlingRateLimit: 1_500, ThrottlingBurstLimit: 5_000 },
    });
  });

  it('has a queue for failed runs', () => {
    const queue = failedRunsOf(template);

    template.hasResourceProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true });
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: Match.objectLike({ DeadLetterConfig: { Arn: arnOf(queue) } }),
    });
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: functionsOf(template).broadcast?.logicalId },
      DestinationConfig: { OnFailure: { Destination: arnOf(queue) } },
    });
  });

  it('outputs the cost of a month in which all places are taken', () => {
    const usd = Math.ceil(monthlyCost({ viewers: 1_000, intervalSeconds: 10, shards: 2 }).totalUsd);

    const changed = synthesize({ interval: Duration.seconds(10), maxViewers: 1_000, shards: 2 });
    changed.hasOutput('FullMonthlyCost', {
      Value: `about USD ${usd}`,
      Description: '1000 viewers, all places taken, for all of a month',
    });
  });

  it('passes its properties to the functions', () => {
    const limits = {
      maxViewers: 5_000,
      maxViewersPerAddress: 20,
      requireOrigin: true,
      shards: 4,
      poolSize: 50,
      requestQuota: 5_000,
    };
    const sizes = { broadcastMemorySize: 1_769, handlerMemorySize: 512, logRetention: RetentionDays.ONE_WEEK };
    const changed = synthesize({ interval: Duration.seconds(10), ...limits, ...sizes });

    const common = { INTERVAL_SECONDS: '10', SHARDS: '4', MAX_VIEWERS_PER_ADDRESS: '20' };
    for (const variables of [
      { ...common, MAX_VIEWERS: '5000', ORIGIN_REQUIRED: 'true' },
      { ...common, POOL_SIZE: '50', POSTS_PER_SECOND: '1000' },
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
    const memory = Object.entries(functionsOf(changed)).map(([name, fn]) => [name, fn.Properties.MemorySize]);
    assert.deepEqual(Object.fromEntries(memory), { connect: 512, disconnect: 512, message: 512, broadcast: 1_769 });
    changed.allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 7 });
  });

  it('refuses a wrong clock by default, and not if refuseWrongClock is false', () => {
    const setting = (of: Template) => functionsOf(of).broadcast?.Properties.Environment.Variables.REFUSE_WRONG_CLOCK;

    assert.deepEqual([setting(template), setting(synthesize({ refuseWrongClock: false }))], ['true', 'false']);
  });

  it('allows one address a tenth of the places, and at least ten, by default', () => {
    const limitOf = (props: TickcastStackProps) =>
      functionsOf(synthesize(props)).connect?.Properties.Environment.Variables.MAX_VIEWERS_PER_ADDRESS;

    assert.equal(limitOf({ maxViewers: 5_000 }), '500');
    assert.equal(limitOf({}), '10');
    assert.equal(limitOf({ maxViewers: 3 }), '10');
    assert.equal(limitOf({ maxViewers: 5_000, maxViewersPerAddress: 'unlimited' }), 'unlimited');
    assert.equal(limitOf({ site: false, allowedOrigins: ['https://a.example'], maxViewers: 300 }), '30');
    // All viewers seem to come from CloudFront.
    assert.equal(limitOf({ maxViewers: 5_000, originSecret: false }), 'unlimited');
  });

  it('names its API after itself', () => {
    const named = synthesize({ stackName: 'Second-clock' });

    named.hasResourceProperties('AWS::ApiGatewayV2::Api', { Name: 'Second-clock' });
  });

  it('limits the viewers to a hundred by default', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ MAX_VIEWERS: '100', ORIGIN_REQUIRED: 'false' }) },
    });
  });
});

describe('two stacks in one account', () => {
  /** @returns names that must be unique in the account across regions */
  const globalNames = (props: TickcastStackProps) => {
    const of = synthesize(props);
    const controls = resourcesOf(of, 'AWS::CloudFront::OriginAccessControl');
    const policies = resourcesOf(of, 'AWS::CloudFront::ResponseHeadersPolicy');
    return [
      ...controls.map(([, { Properties }]) => Properties.OriginAccessControlConfig.Name),
      ...policies.map(([, { Properties }]) => Properties.ResponseHeadersPolicyConfig.Name),
    ];
  };
  const account = '123456789012';

  it('share no name, if they have different regions or different names', () => {
    const regions = ['eu-west-1', 'ap-southeast-1'].map((region) => ({ env: { account, region } }));
    const names = [...regions, { ...regions[0], stackName: `Another-${'x'.repeat(100)}` }].flatMap(globalNames);

    assert.equal(names.length, 9);
    assert.equal(new Set(names).size, 9, names.join());
    for (const name of names) assert.match(name, /^[\w-]{1,64}$/);
  });

  it('share no name if the region is known at deployment only', () => {
    for (const name of globalNames({})) assert.deepEqual(name['Fn::Join'][1].at(-1), { Ref: 'AWS::Region' });
  });
});

describe('the stack with its own domain', () => {
  const domain = {
    domainName: 'clock.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c',
    hostedZoneId: 'Z123',
  };
  const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/tickcast/a';
  const custom = synthesize({ domain, webAclArn, allowedOrigins: ['https://www.example'] });

  it('serves the domain with TLS 1.2 or newer, behind the web ACL', () => {
    custom.hasResourceProperties('AWS::CloudFront::Distribution', {
      DistributionConfig: Match.objectLike({
        Aliases: ['clock.example.com'],
        ViewerCertificate: Match.objectLike({
          AcmCertificateArn: domain.certificateArn,
          MinimumProtocolVersion: 'TLSv1.2_2021',
        }),
        WebACLId: webAclArn,
      }),
    });
    for (const Type of ['A', 'AAAA']) {
      custom.hasResourceProperties('AWS::Route53::RecordSet', {
        Name: 'clock.example.com.',
        Type,
        HostedZoneId: 'Z123',
      });
    }
  });

  it('makes no records if no zone is given', () => {
    const { hostedZoneId: _, ...elsewhere } = domain;

    synthesize({ domain: elsewhere }).resourceCountIs('AWS::Route53::RecordSet', 0);
  });

  it('allows its own pages and those of allowedOrigins to connect', () => {
    const { ALLOWED_ORIGINS } = functionsOf(custom).connect?.Properties.Environment.Variables ?? {};

    assert.equal(ALLOWED_ORIGINS, 'https://www.example,https://clock.example.com');
    custom.hasOutput('SiteUrl', { Value: 'https://clock.example.com/' });
    custom.hasOutput('SocketUrl', { Value: 'wss://clock.example.com/websocket' });
  });

  it('names its socket in the policy of the page, for browsers that need the name', () => {
    const policy = JSON.stringify(resourcesOf(custom, 'AWS::CloudFront::ResponseHeadersPolicy'));

    assert.match(policy, /connect-src 'self' wss:\/\/clock\.example\.com;/);
  });
});

/** @returns sockets at hosts such as `clock2.example.com` */
function numberedCells(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `wss://clock${n + 2}.example.com/websocket`);
}

describe('the stack with other cells', () => {
  const cells = ['wss://two.example/websocket', 'wss://api.three.example/live'];
  const one = synthesize({
    cells,
    domain: {
      domainName: 'one.example',
      certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c',
    },
  });

  it('gives its page its own socket first, and then those of the other cells', () => {
    one.hasResourceProperties('Custom::TickcastPage', { Sockets: ['/websocket', ...cells] });
    one.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: Match.objectLike({
        SecurityHeadersConfig: Match.objectLike({
          ContentSecurityPolicy: Match.objectLike({
            ContentSecurityPolicy: Match.stringLikeRegexp(
              "connect-src 'self' wss://one\\.example wss://two\\.example wss://api\\.three\\.example;",
            ),
          }),
        }),
      }),
    });
  });

  it('allows the pages of the other cells to connect', () => {
    const { ALLOWED_ORIGINS } = functionsOf(one).connect?.Properties.Environment.Variables ?? {};

    assert.equal(ALLOWED_ORIGINS, 'https://one.example,https://two.example,https://api.three.example');
  });

  it('has a policy that CloudFront accepts, with the most cells that are allowed', () => {
    const many = synthesize({ cells: numberedCells(63) });
    const policies = resourcesOf(many, 'AWS::CloudFront::ResponseHeadersPolicy').map(
      ([, { Properties }]) =>
        Properties.ResponseHeadersPolicyConfig.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy,
    );

    assert.ok(Math.max(...policies.map(({ length }) => length)) <= 1_783);
    assert.ok(policies.some((policy) => policy.includes(' wss://clock64.example.com;')));
  });
});

describe('the stack without the site', () => {
  it('has no CloudFront, no bucket, no custom resource', () => {
    const types = Object.values(withoutSite.toJSON().Resources).map((resource) => (resource as { Type: string }).Type);

    assert.deepEqual(
      types.filter((type) => /CloudFront|::S3::|Custom|SecretsManager|Route53/.test(type)),
      [],
    );
    withoutSite.resourceCountIs('AWS::Lambda::Function', 4);
  });

  it('allows pages of allowedOrigins to connect to the API itself', () => {
    const { ALLOWED_ORIGINS, ORIGIN_SECRET } = functionsOf(withoutSite).connect?.Properties.Environment.Variables ?? {};

    assert.deepEqual([ALLOWED_ORIGINS, ORIGIN_SECRET], ['https://www.example,http://localhost:8888', 'none']);
    const [api] = only('AWS::ApiGatewayV2::Api', withoutSite);
    const url = [
      'wss://',
      { Ref: api },
      '.execute-api.',
      { Ref: 'AWS::Region' },
      '.',
      { Ref: 'AWS::URLSuffix' },
      '/websocket',
    ];
    withoutSite.hasOutput('SocketUrl', { Value: { 'Fn::Join': ['', url] } });
    assert.deepEqual(withoutSite.findOutputs('SiteUrl'), {});
  });
});

describe('the stack refuses', () => {
  const wrong: [TickcastStackProps, string][] = [
    [{ interval: Duration.seconds(0) }, 'interval must be a whole number of seconds from 1 to 60, got "0"'],
    [{ interval: Duration.seconds(61) }, 'interval must be a whole number of seconds from 1 to 60, got "61"'],
    [{ interval: Duration.minutes(2) }, 'interval must be a whole number of seconds from 1 to 60, got "120"'],
    [{ shards: 3 }, 'shards must be one of 1, 2, 4, 8, 16, got "3"'],
    [{ maxViewers: 0 }, 'maxViewers must be a whole number from 1 to 1000000, got "0"'],
    [
      { maxViewersPerAddress: 1.5 },
      'maxViewersPerAddress must be a whole number from 1 to 1000000, or unlimited, got "1.5"',
    ],
    [{ interval: Duration.millis(1_500) }, 'interval must be a whole number of seconds from 1 to 60, got "1.5"'],
    [{ broadcastMemorySize: 64 }, 'broadcastMemorySize must be a whole number of MiB from 128 to 10240, got "64"'],
    [
      { allowedOrigins: ['https://a.example/'] },
      'allowedOrigins must be origins such as https://clock.example, comma-separated, got "https://a.example/"',
    ],
    [{ site: false }, 'allowedOrigins must name an origin such as https://www.example when site is false, got none'],
    [
      { site: false, allowedOrigins: ['https://a.example'], webAclArn: 'x' },
      'webAclArn is a setting of the site, but site is false: leave out one of them',
    ],
    [
      { site: false, allowedOrigins: ['https://a.example'], cells: ['wss://two.example/websocket'] },
      'cells is a setting of the site, but site is false: leave out one of them',
    ],
    [
      { cells: ['https://two.example/websocket'] },
      'cells must be sockets of other cells such as wss://clock.example/websocket, comma-separated, got "https://two.example/websocket"',
    ],
    [
      {
        cells: ['wss://clock.example.com/websocket'],
        domain: {
          domainName: 'clock.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c',
        },
      },
      'cells must name the other cells only, got this one: wss://clock.example.com/websocket',
    ],
    [
      { cells: numberedCells(64) },
      "cells must fit into the page's Content-Security-Policy, which CloudFront limits to 1783 characters: the first 63 do, got 64",
    ],
    [
      {
        cells: numberedCells(63),
        domain: {
          domainName: 'clock1.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c',
        },
      },
      "cells must fit into the page's Content-Security-Policy, which CloudFront limits to 1783 characters: the first 62 do, got 63",
    ],
    [
      {
        shards: 16,
        allowedOrigins: Array.from({ length: 30 }, (_, n) => `https://shop${n}.example`),
        cells: numberedCells(63),
      },
      "allowedOrigins and cells must name origins of at most 1994 bytes in all, as Lambda limits a function's environment to 4096 bytes, got 2476 bytes of 94 origins",
    ],
    [
      { originSecret: false, maxViewersPerAddress: 5 },
      'maxViewersPerAddress needs originSecret: without it all viewers seem to come from CloudFront',
    ],
    [
      { webAclArn: 'arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b' },
      'webAclArn must be of a web ACL for CloudFront, arn:aws:wafv2:us-east-1:<account>:global/webacl/<name>/<id>, got "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/a/b"',
    ],
    [
      { domain: { domainName: 'https://clock.example.com', certificateArn: 'x' } },
      'domainName must be a host name such as clock.example.com, got "https://clock.example.com"',
    ],
    [
      {
        domain: { domainName: 'clock.example.com', certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/c' },
      },
      'certificateArn must be arn:aws:acm:us-east-1:<account>:certificate/<id>, got "arn:aws:acm:eu-west-1:123456789012:certificate/c"',
    ],
    [
      {
        domain: {
          domainName: 'clock.example.com',
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c',
          hostedZoneId: 'zone!!',
        },
      },
      'hostedZoneId must be an id such as Z2FDTNDATAQYW2, got "zone!!"',
    ],
    [{ alarmTopicArn: 'pager' }, 'alarmTopicArn must be arn:aws:sns:<region>:<account>:<name>, got "pager"'],
    [{ requestQuota: 0 }, 'requestQuota must be a whole number from 1 to 1000000, got "0"'],
    [{ poolSize: 2_000 }, 'poolSize must be a whole number from 1 to 1000, got "2000"'],
  ];
  for (const [props, message] of wrong) {
    it(message, () => assert.throws(() => synthesize(props), { message }));
  }
});
