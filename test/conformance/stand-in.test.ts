import { describeTarget } from './suite.ts';
import { STAND_IN } from './targets.ts';

describeTarget(STAND_IN);
