import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasActiveRunner, isSleeping, isVoid } from '../../../lambdas/domain/liveness.ts';
import type { RelayState } from '../../../lambdas/domain/ports.ts';

const NOW = 1_763_861_880_000;

const state: RelayState = {
  lastBoundaryMillis: NOW,
  priorBoundaryMillis: NOW - 1_000,
  leader: 'a',
  priorLeader: undefined,
  isEmpty: false,
  wasEmptySinceLastClaim: false,
  arrivals: 3,
  crowdedAddresses: [],
};

function hasActiveRunnerAfter(
  silentMillis: number,
  intervalMillis: number,
  changes: Partial<RelayState> = {},
): boolean {
  return hasActiveRunner({ ...state, ...changes }, NOW + silentMillis, intervalMillis);
}

describe('a runner', () => {
  it('sleeps between ticks from an interval of five seconds on', () => {
    assert.deepEqual([1_000, 4_000, 4_999, 5_000, 60_000].map(isSleeping), [false, false, false, true, true]);
  });
});

describe('a relay', () => {
  it('has an active runner until 500 ms after the tick that follows the last claim', () => {
    for (const intervalMillis of [1_000, 10_000, 60_000]) {
      const alive = [0, intervalMillis, intervalMillis + 500, intervalMillis + 501];
      assert.deepEqual(
        alive.map((millis) => hasActiveRunnerAfter(millis, intervalMillis)),
        [true, true, true, false],
      );
    }
  });

  it('has no active runner before its first claim', () => {
    assert.equal(hasActiveRunnerAfter(0, 60_000, { lastBoundaryMillis: 0 }), false);
  });

  it('has no active runner if it was empty since the last claim, even after a viewer has connected', () => {
    assert.equal(hasActiveRunnerAfter(0, 60_000, { isEmpty: true, wasEmptySinceLastClaim: true }), false);
    assert.equal(hasActiveRunnerAfter(0, 60_000, { isEmpty: false, wasEmptySinceLastClaim: true }), false);
  });

  it('has no active runner if the last boundary is void', () => {
    for (const [intervalMillis, limitMillis] of [
      [1_000, 3_000],
      [4_000, 3_000],
      [5_000, 4_500],
      [60_000, 4_500],
    ] as const) {
      const isAlive = [limitMillis, limitMillis + 1].map((millis) => hasActiveRunnerAfter(-millis, intervalMillis));
      assert.deepEqual(isAlive, [true, false], `${intervalMillis}`);
      assert.deepEqual(
        [limitMillis, limitMillis + 1].map((millis) => isVoid(NOW + millis, NOW, intervalMillis)),
        [false, true],
      );
    }
  });
});
