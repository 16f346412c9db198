// The synthesized stack and its resources.

import assert from 'node:assert/strict';
import { Template } from 'aws-cdk-lib/assertions';
import { makeApp } from '../../lib/app.ts';
import { TickcastStack, type TickcastStackProps } from '../../lib/tickcast-stack.ts';

export function synthesize(props: TickcastStackProps = {}): Template {
  return Template.fromStack(new TickcastStack(makeApp(), 'Tickcast', props));
}

// biome-ignore lint/suspicious/noExplicitAny: a template is untyped JSON
export type Resource = { readonly Properties: any; readonly [key: string]: any };

/** Resources of a type by their logical ids. */
export function resourcesOf(template: Template, type: string): [string, Resource][] {
  return Object.entries(template.findResources(type)) as [string, Resource][];
}

/** Returns the only resource of a type. */
export function only(type: string, of: Template): [string, Resource] {
  const found = resourcesOf(of, type);
  assert.equal(found.length, 1);
  return found[0] ?? assert.fail();
}

/** Returns the logical id of the queue of failed runs. */
export function failedRunsOf(template: Template): string {
  const [found] = resourcesOf(template, 'AWS::SQS::Queue').filter(([id]) => /^ClockFailedRuns[0-9A-F]{8}$/.test(id));
  return found?.[0] ?? assert.fail('no queue has the runs that failed');
}

/** Returns the wake queues by shard, each with its logical id. */
export function wakeQueuesOf(template: Template): [string, Resource][] {
  const shardOf = (id: string) => Number(id.match(/^ClockWakesShard(\d+?)[0-9A-F]{8}$/)?.[1] ?? Number.NaN);
  return resourcesOf(template, 'AWS::SQS::Queue')
    .filter(([id]) => !Number.isNaN(shardOf(id)))
    .sort(([a], [b]) => shardOf(a) - shardOf(b));
}

/** Returns the functions of the clock by lower-case name, without the function that uploads the page. */
export function functionsOf(template: Template): Record<string, Resource & { readonly logicalId: string }> {
  const ownId = /^Clock(Connect|Disconnect|Message|Broadcast)[0-9A-F]{8}$/;
  return Object.fromEntries(
    resourcesOf(template, 'AWS::Lambda::Function')
      .filter(([id]) => ownId.test(id))
      .map(([id, resource]) => [id.match(ownId)?.[1]?.toLowerCase(), { ...resource, logicalId: id }]),
  );
}
