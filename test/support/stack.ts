// The synthesized stack, once per process, without bundling: a template is about resources.

import type { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { makeApp } from '../../lib/app.ts';
import { TickcastStack } from '../../lib/tickcast-stack.ts';

export function synthesize(interval?: Duration): Template {
  const app = makeApp({ 'aws:cdk:bundling-stacks': [] });
  return Template.fromStack(new TickcastStack(app, 'Tickcast', interval === undefined ? {} : { interval }));
}
