// Applies cdk-nag's AwsSolutions rules to variants of the stack. A finding fails synthesis. All acknowledgements are
// listed here, so a new one needs a change of this list.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { type App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { makeApp } from '../../lib/app.ts';
import { TickcastStack, type TickcastStackProps } from '../../lib/tickcast-stack.ts';

async function check(build: (app: App) => void): Promise<App> {
  const app = makeApp();
  build(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } finally {
    await rm(app.outdir, { recursive: true, force: true });
  }
  return app;
}

function acknowledgements(app: App): string[] {
  const rules = app.node
    .findAll()
    .flatMap(({ node }) => node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY))
    .flatMap(({ data }) => Object.keys(data))
    .map((id) => id.replace(/^.*AwsSolutions-/, '').replace(/\[.*$/, ''));
  return [...new Set(rules)].sort();
}

const OF_CLOCK = ['APIG1', 'APIG4', 'IAM5', 'SQS3'];
const domain = { domainName: 'clock.example.com', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/c' };
const webAclArn = 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/tickcast/a';
const variants: [string, TickcastStackProps, string[]][] = [
  ['as it is', {}, [...OF_CLOCK, 'CFR1', 'CFR2', 'CFR3', 'CFR4', 'S1', 'SMG4']],
  ['without the site', { site: false, allowedOrigins: ['https://www.example'] }, OF_CLOCK],
  [
    'with all there is',
    {
      shards: 16,
      domain: { ...domain, hostedZoneId: 'Z123' },
      webAclArn,
      alarmTopicArn: 'arn:aws:sns:eu-west-1:123456789012:pager',
      env: { account: '123456789012', region: 'eu-west-1' },
    },
    [...OF_CLOCK, 'CFR1', 'CFR3', 'S1', 'SMG4'],
  ],
];

describe('cdk-nag finds nothing that is not acknowledged in the stack', () => {
  for (const [what, props, acknowledged] of variants) {
    it(what, async () => {
      const app = await check((scope) => new TickcastStack(scope, 'Tickcast', props));

      assert.deepEqual(acknowledgements(app), acknowledged.sort());
    });
  }

  it('and reports a finding if there is one', async () => {
    await assert.rejects(
      check((app) => new Bucket(new Stack(app, 'Careless'), 'Bucket')),
      /Validation failed/,
    );
  });
});
