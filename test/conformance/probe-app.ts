// `-c leaveOut=<type>,<type>` omits resource types that the emulator does not know.

import { makeApp } from '../../lib/app.ts';
import { leaveOut } from '../localstack/leave-out.ts';
import { ProbeStack } from './probe-stack.ts';

const app = makeApp();
const types: string = app.node.tryGetContext('leaveOut') ?? '';
leaveOut(new ProbeStack(app, 'TickcastProbe'), types.split(','));
