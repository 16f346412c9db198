// What the stack declares for AWS and what local/ serves, held against each other: the two never import one another.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CONFIG_KEYS, type ConfigEnvironment, type FunctionName } from '../../lambdas/config.ts';
import {
  FUNCTIONS,
  type LocalOutputs,
  MAX_EVENT_AGE_MILLIS,
  ROUTES,
  SCHEDULE_PERIOD_MILLIS,
  scheduleInput,
  TABLE,
  WAKE_QUEUE,
} from '../../local/deployment.ts';
import { functionVariables } from '../../local/function-variables.ts';
import { startLocal } from '../../local/start-local.ts';
import { STAGE } from '../../protocol/limits.ts';
import { ELEMENT_HEADERS, SECURITY_HEADERS } from '../../protocol/response-headers.ts';
import { functionsOf, resourcesOf, synthesize, wakeQueuesOf } from '../support/stack.ts';
import { TestViewer } from '../support/test-viewer.ts';

const template = synthesize();

// biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON
const resources = (type: string): [string, any][] =>
  resourcesOf(template, type).map(([id, { Properties }]) => [id, Properties]);

const stackFunctions = functionsOf(template);

describe('the local platform and the stack agree on', () => {
  it('the functions, their timeouts and their memory', () => {
    const declared = Object.entries(stackFunctions).map(
      ([
        name,
        {
          Properties: { Timeout, MemorySize },
        },
      ]) => [name, Timeout, MemorySize],
    );
    const served = Object.entries(FUNCTIONS).map(([name, fn]) => [name, fn.timeoutSeconds, fn.memoryMegabytes]);

    assert.deepEqual(declared.sort(), served.sort());
  });

  it('the routes, their functions and their route responses', () => {
    const integrations = new Map(resources('AWS::ApiGatewayV2::Integration'));
    const responses = resources('AWS::ApiGatewayV2::RouteResponse').map(([, { RouteId }]) => RouteId.Ref);
    const declared = resources('AWS::ApiGatewayV2::Route').map(([id, { RouteKey, Target }]) => {
      const integration = integrations.get(Target['Fn::Join'][1].at(-1).Ref);
      const functionId = JSON.stringify(integration.IntegrationUri).match(/"Clock([A-Za-z]+)[0-9A-F]{8}","Arn"/)?.[1];
      return [RouteKey, { function: functionId?.toLowerCase(), routeResponse: responses.includes(id) }];
    });

    assert.deepEqual(Object.fromEntries(declared), ROUTES);
  });

  for (const functionName of Object.keys(CONFIG_KEYS) as FunctionName[]) {
    it(`the environment of ${functionName}`, () => {
      const keys: string[] = [...CONFIG_KEYS[functionName]].sort();
      const environment = Object.fromEntries(keys.map((key) => [key, ''])) as ConfigEnvironment;
      const local = functionVariables(environment, '');

      const ours = Object.keys(local).filter((key) => !key.startsWith('AWS_'));
      assert.deepEqual(ours.sort(), keys);
      assert.deepEqual(Object.keys(stackFunctions[functionName]?.Properties.Environment?.Variables ?? {}).sort(), keys);
    });
  }

  it('the paths of the socket', async (t) => {
    const [[, distribution] = []] = resources('AWS::CloudFront::Distribution');
    const { CacheBehaviors: behaviors, Origins: origins } = distribution.DistributionConfig;
    const isGateway = (id: string) =>
      JSON.stringify(origins.find(({ Id }: { Id: string }) => Id === id).DomainName).includes('.execute-api.');
    // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html#DownloadDistValuesPathPattern
    const matches = (pattern: string, path: string) =>
      new RegExp(
        `^${pattern
          .replace(/[.+^$()|[\]{}\\]/g, '\\$&')
          .replaceAll('*', '.*')
          .replaceAll('?', '.')}$`,
      ).test(path);
    const leadsToSocket = (path: string) => {
      const behavior = behaviors.find(({ PathPattern }: { PathPattern: string }) => matches(PathPattern, path));
      return behavior !== undefined && isGateway(behavior.TargetOriginId);
    };
    const platform = await startLocal();
    t.after(() => platform.dispose());
    const { origin } = new URL(platform.socketUrl);

    for (const path of [
      '/websocket',
      '/websocket/',
      '/websocket/x',
      '/websocketx',
      '/Websocket',
      '/x/websocket',
      '/',
    ]) {
      const isOpen = (await TestViewer.handshakeStatus(origin + path)) === 101;
      assert.equal(isOpen, leadsToSocket(path), path);
    }
  });

  it('the keys of the table', () => {
    const [[, table] = []] = resources('AWS::DynamoDB::GlobalTable');

    assert.deepEqual(table.KeySchema, TABLE.KeySchema);
    assert.deepEqual(table.AttributeDefinitions, TABLE.AttributeDefinitions);
    assert.equal(table.BillingMode, TABLE.BillingMode);
  });

  it('the outputs that the commands read', () => {
    const own: (keyof LocalOutputs)[] = ['ConnectionsEndpoint', 'TableName'];

    for (const key of own) assert.equal(Object.keys(template.findOutputs(key)).length, 1, key);
  });

  it('the stage', () => {
    const [[, stage] = []] = resources('AWS::ApiGatewayV2::Stage');

    assert.equal(stage.StageName, STAGE);
  });

  it('the schedule and its input', () => {
    const [[, schedule] = []] = resources('AWS::Scheduler::Schedule');

    assert.equal(schedule.ScheduleExpression, `rate(${SCHEDULE_PERIOD_MILLIS / 60_000} minute)`);
    assert.deepEqual(JSON.parse(schedule.Target.Input), scheduleInput('<aws.scheduler.scheduled-time>', 0));
  });

  it('the wake queues and their mappings', () => {
    const [[, queue] = assert.fail()] = wakeQueuesOf(template);
    const [[, mapping] = []] = resources('AWS::Lambda::EventSourceMapping');

    const { VisibilityTimeout, MessageRetentionPeriod, RedrivePolicy } = queue.Properties;
    const declared = {
      visibilityTimeoutSeconds: VisibilityTimeout,
      retentionSeconds: MessageRetentionPeriod,
      maxReceiveCount: RedrivePolicy.maxReceiveCount,
      batchSize: mapping.BatchSize,
    };
    assert.deepEqual(declared, WAKE_QUEUE);
  });

  it('that no asynchronous invocation is retried, and the maximum age of an event', () => {
    const configs = resources('AWS::Lambda::EventInvokeConfig');

    assert.equal(configs.length, Object.keys(FUNCTIONS).length);
    for (const [, { MaximumRetryAttempts, MaximumEventAgeInSeconds }] of configs) {
      assert.equal(MaximumRetryAttempts, 0);
      assert.equal(MaximumEventAgeInSeconds * 1_000, MAX_EVENT_AGE_MILLIS);
    }
  });

  for (const [what, comment, expected] of [
    ['every answer of the site', 'only the page', SECURITY_HEADERS],
    ['the custom element', 'custom element', { ...SECURITY_HEADERS, ...ELEMENT_HEADERS }],
  ] as const) {
    it(`the response headers of ${what}`, () => {
      const [[, { ResponseHeadersPolicyConfig }] = []] = resources('AWS::CloudFront::ResponseHeadersPolicy').filter(
        ([, { ResponseHeadersPolicyConfig: config }]) => config.Comment.includes(comment),
      );
      const { SecurityHeadersConfig: config, CustomHeadersConfig, CorsConfig: cors } = ResponseHeadersPolicyConfig;
      assert.ok(config.StrictTransportSecurity, 'the site uses TLS');
      const declared = {
        'content-security-policy': config.ContentSecurityPolicy.ContentSecurityPolicy,
        'referrer-policy': config.ReferrerPolicy.ReferrerPolicy,
        'x-content-type-options': config.ContentTypeOptions && 'nosniff',
        'x-frame-options': config.FrameOptions.FrameOption,
        ...(cors && { 'access-control-allow-origin': cors.AccessControlAllowOrigins.Items.join() }),
        ...Object.fromEntries(
          CustomHeadersConfig.Items.map(({ Header, Value }: { Header: string; Value: string }) => [Header, Value]),
        ),
      };

      assert.deepEqual(declared, expected);
    });
  }
});
