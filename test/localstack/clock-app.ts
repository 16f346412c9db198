// The CDK app for an emulator: the same stack with these changes.
//
//   -c leaveOut=<type>,<type>                    resource types that the emulator does not know, which are omitted
//   -c endpoint=http://…:4566                    endpoint of the emulator for its functions
//   -c outerEndpoint=http://localhost:4566       endpoint of the emulator for this machine
//
// A browser gets the page from the bucket, and connects directly to the API.

import { CfnOutput, Fn } from 'aws-cdk-lib';
import { CfnFunction, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { makeApp, orRefuse } from '../../lib/app.ts';
import { propsOf } from '../../lib/settings.ts';
import { readContext } from '../../lib/settings-file.ts';
import { TickcastStack } from '../../lib/tickcast-stack.ts';
import { leaveOut } from './leave-out.ts';

const app = makeApp();
const stack = orRefuse(() => new TickcastStack(app, 'Tickcast', propsOf(readContext(app))));
const leftOut: string = app.node.tryGetContext('leaveOut') ?? '';
leaveOut(stack, leftOut.split(','));

const endpoint: string = app.node.tryGetContext('endpoint') ?? 'http://localhost:4566';
const outerEndpoint: string = app.node.tryGetContext('outerEndpoint') ?? endpoint;
const { broadcast, connect, socketApi } = stack.clock;
const stageBelow = (base: string) => Fn.join('/', [base, '_aws/execute-api', socketApi.apiId, socketApi.stageName]);
setVariable(broadcast, 'CONNECTIONS_ENDPOINT', stageBelow(endpoint));
for (const sender of [connect, broadcast]) setVariable(sender, 'AWS_ENDPOINT_URL_SQS', endpoint);

const outerSocketUrl = stageBelow(outerEndpoint.replace(/^http/, 'ws'));
new CfnOutput(stack, 'EmulatorSocketUrl', { value: outerSocketUrl });
if (stack.site !== undefined) {
  const { bucket, page } = stack.site;
  page.connectTo(outerSocketUrl);
  stack.clock.allowOrigin(new URL(outerEndpoint).origin);
  new CfnOutput(stack, 'EmulatorPageUrl', { value: Fn.join('/', [outerEndpoint, bucket.bucketName, 'index.html']) });
}

function setVariable(fn: IFunction, name: string, value: string): void {
  const resource = fn.node.defaultChild;
  if (!(resource instanceof CfnFunction)) throw new TypeError(`${fn} is no function of this stack`);
  resource.addPropertyOverride(`Environment.Variables.${name}`, value);
}
