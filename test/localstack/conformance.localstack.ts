// Runs the conformance suite on an emulator: deploys the API of the probe and removes it.

import { after } from 'node:test';
import { describeTarget } from '../conformance/suite.ts';
import { deployedTarget } from '../conformance/targets.ts';
import { bootstrap, CREDENTIALS, deploy, destroy, identify, REGION, stageUrls } from './emulator.ts';

const APP = 'test/conformance/probe-app.ts';

const { name, lacks, unknownTypes } = await identify();
const context = { leaveOut: unknownTypes.join(',') };
await bootstrap();
const { ApiId = '' } = await deploy(APP, context);
after(() => destroy(APP, context));

const stage = { ...stageUrls(ApiId, 'probe'), region: REGION, credentials: CREDENTIALS };
describeTarget(deployedTarget(name, lacks, stage));
