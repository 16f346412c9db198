// The synthesized stack, once per process, without bundling: a template is about resources.

import { Template } from 'aws-cdk-lib/assertions';
import { makeApp } from '../../lib/app.ts';
import { TickcastStack, type TickcastStackProps } from '../../lib/tickcast-stack.ts';

export function synthesize(props: TickcastStackProps = {}): Template {
  const app = makeApp({ 'aws:cdk:bundling-stacks': [] });
  return Template.fromStack(new TickcastStack(app, 'Tickcast', props));
}
