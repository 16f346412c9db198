// The CDK app for an emulator: the same stack, but for what the emulator does not know (`-c leaveOut=<type>,<type>`) and
// for the endpoints, which functions in an emulator cannot reach by AWS's names (`-c endpoint=http://…:4566`, as they see it).

import { Fn } from 'aws-cdk-lib';
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
const { broadcast, connect, socketApi } = stack.clock;
const stageEndpoint = Fn.join('/', [endpoint, '_aws/execute-api', socketApi.apiId, socketApi.stageName]);
setVariable(broadcast, 'CONNECTIONS_ENDPOINT', stageEndpoint);
for (const sender of [connect, broadcast]) setVariable(sender, 'AWS_ENDPOINT_URL_SQS', endpoint);

function setVariable(fn: IFunction, name: string, value: string): void {
  const resource = fn.node.defaultChild;
  if (!(resource instanceof CfnFunction)) throw new TypeError(`${fn} is no function of this stack`);
  resource.addPropertyOverride(`Environment.Variables.${name}`, value);
}
