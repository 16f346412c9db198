// Plays the random histories of histories.ts.
//
//   HISTORIES=5000 npm test -- test/lambdas/domain/histories.test.ts      more of them than the default

import { describe, it } from 'node:test';
import { inWorker } from '../../support/in-worker.ts';

const HISTORIES = Number(process.env.HISTORIES ?? 250);
const MODULE = new URL('./histories.ts', import.meta.url);

describe('the clock over random histories', { timeout: 30 * 60_000, concurrency: true }, () => {
  it('keeps its promises while no runner dies', () => inWorker(MODULE, 'whileNoRunnerDies', HISTORIES));

  it('keeps its promises when runners are killed and frozen', () => inWorker(MODULE, 'whenRunnersDie', HISTORIES));
});
