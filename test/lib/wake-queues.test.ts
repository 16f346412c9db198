// The queues that start runners: their settings, their mappings to the broadcast function, and the order of creation.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import { failedRunsOf, functionsOf, type Resource, resourcesOf, synthesize, wakeQueuesOf } from '../support/stack.ts';

const template = synthesize();
const ofFour = synthesize({ shards: 4 });
/** Its shards have names with two digits. */
const ofSixteen = synthesize({ shards: 16 });

const arnOf = (logicalId: string | undefined) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });
const mappingsOf = (of: Template) => resourcesOf(of, 'AWS::Lambda::EventSourceMapping');
const broadcastOf = (of: Template) => functionsOf(of).broadcast ?? assert.fail('the stack has no broadcast function');

describe('the wake queues', () => {
  it('are one for each shard, encrypted, with the queue of failed runs as dead-letter queue', () => {
    const queues = wakeQueuesOf(ofSixteen);

    assert.equal(queues.length, 16);
    for (const [, { Properties }] of queues) {
      assert.equal(Properties.FifoQueue, undefined);
      assert.equal(Properties.SqsManagedSseEnabled, true);
      assert.deepEqual(Properties.RedrivePolicy, {
        deadLetterTargetArn: arnOf(failedRunsOf(ofSixteen)),
        maxReceiveCount: 3,
      });
    }
  });

  it('hide a message for as long as a runner may last', () => {
    for (const [, { Properties }] of wakeQueuesOf(ofFour)) {
      assert.equal(Properties.VisibilityTimeout, 150);
      assert.equal(Properties.VisibilityTimeout, broadcastOf(ofFour).Properties.Timeout);
    }
  });

  it('keep a message until it has failed three times after the longest delay', () => {
    for (const [, { Properties }] of wakeQueuesOf(template)) {
      const { maxReceiveCount } = Properties.RedrivePolicy;
      // SQS moves a message at the receive after the last allowed one.
      assert.ok(Properties.MessageRetentionPeriod >= 2 * 60 + maxReceiveCount * Properties.VisibilityTimeout);
    }
  });

  it('refuse requests without TLS', () => {
    const policies = resourcesOf(ofFour, 'AWS::SQS::QueuePolicy');
    const refused = policies.flatMap(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.filter(
        // biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON
        ({ Effect, Condition }: any) => Effect === 'Deny' && Condition.Bool['aws:SecureTransport'] === 'false',
      ).map(({ Resource: of }: { Resource: unknown }) => of),
    );

    for (const [id] of wakeQueuesOf(ofFour))
      assert.ok(
        refused.some((of) => JSON.stringify(of).includes(id)),
        id,
      );
  });

  it('invoke the broadcast function once for each message', () => {
    const mappings = mappingsOf(ofFour);

    assert.deepEqual(
      mappings.map(([, { Properties }]) => Properties.EventSourceArn),
      wakeQueuesOf(ofFour).map(([id]) => arnOf(id)),
    );
    for (const [, { Properties }] of mappings) {
      assert.equal(Properties.BatchSize, 1);
      assert.deepEqual(Properties.FunctionName, { Ref: broadcastOf(ofFour).logicalId });
      assert.deepEqual([Properties.FilterCriteria, Properties.ScalingConfig], [undefined, undefined]);
    }
  });

  it('get their mappings after the function’s role may read them', () => {
    const [policy] = resourcesOf(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.some(({ Action }: { Action: string | string[] }) =>
        [Action].flat().includes('sqs:ReceiveMessage'),
      ),
    );

    for (const [, { DependsOn }] of mappingsOf(template)) assert.ok(DependsOn.includes(policy?.[0]));
  });

  it('are in the environment of the two functions that send, in order of shard', () => {
    const { connect, broadcast } = functionsOf(ofFour);
    const urlsOf = (fn: Resource | undefined) => fn?.Properties.Environment.Variables.WAKE_QUEUE_URLS;

    const urls = wakeQueuesOf(ofFour).flatMap(([Ref], shard) => (shard === 0 ? [{ Ref }] : [',', { Ref }]));
    assert.deepEqual(urlsOf(connect), { 'Fn::Join': ['', urls] });
    assert.deepEqual(urlsOf(broadcast), urlsOf(connect));
  });

  it('may start chains of runners of any length', () => {
    assert.equal(broadcastOf(template).Properties.RecursiveLoop, 'Allow');
    // Only the broadcast function starts itself on purpose.
    for (const [name, { Properties }] of Object.entries(functionsOf(template))) {
      if (name !== 'broadcast') assert.equal(Properties.RecursiveLoop, undefined, name);
    }
  });
});
