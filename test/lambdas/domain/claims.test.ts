// Claims of one boundary, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Claims } from '../../../lambdas/domain/claims.ts';
import { ClockProof } from '../../../lambdas/domain/clock-proof.ts';
import type { RelayStore } from '../../../lambdas/domain/ports.ts';
import { makeMemoryRelayStore, silentLog } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const BOUNDARY = 1_763_861_880_000;
const NOW = BOUNDARY - 400;
const HOUR = 3_600_000;

interface Conditions {
  readonly relay?: RelayStore;
  readonly intervalMillis?: number;
  readonly predecessorId?: string;
  /** How far the table's clock is ahead. Undefined if its answers have no `Date`. */
  readonly tableAheadMillis?: number | undefined;
}

function prepare(conditions: Conditions = {}) {
  const { relay = makeMemoryRelayStore(), intervalMillis = 1_000, tableAheadMillis, predecessorId } = conditions;
  const clock = new SimulatedClock(NOW);
  const proof = new ClockProof(clock);
  if (tableAheadMillis !== undefined) {
    const dateMillis = Math.floor((NOW + tableAheadMillis) / 1_000) * 1_000;
    proof.recordDate('table', { dateMillis, askedAtMonotonicMillis: 0, answeredAtMonotonicMillis: 0 });
  }
  const claims = new Claims({ runnerId: 'me', intervalMillis, predecessorId }, { clock, relay, proof, log: silentLog });
  return { clock, relay, claims };
}

describe('a claim', () => {
  it('reports a loss to the predecessor differently from a loss to another leader', async () => {
    const { claims, relay } = prepare({ predecessorId: 'leaving' });
    // The clock of the predecessor is ahead.
    await relay.claim(BOUNDARY + 2_000, 'leaving');
    assert.equal(await claims.claim(BOUNDARY, undefined), 'lost to predecessor');

    await relay.claim(BOUNDARY + 2_500, 'other');
    assert.equal(await claims.claim(BOUNDARY, undefined), 'lost');
  });

  it('returns the relay before the claim when it is won, and reports a loss to another runner', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY - 1_000, 'other');

    assert.partialDeepStrictEqual(await claims.claim(BOUNDARY, undefined), { lastBoundaryMillis: BOUNDARY - 1_000 });
    await relay.claim(BOUNDARY + 1_000, 'other');
    assert.equal(await claims.claim(BOUNDARY + 1_000, undefined), 'lost');
    assert.equal((await relay.read()).leader, 'other');
  });

  it('is not won again by the runner that has sent the tick and whose clock was then set back slightly', async () => {
    const relay = makeMemoryRelayStore();
    const before = prepare({ relay });
    for (const boundary of [BOUNDARY, BOUNDARY + 1_000]) {
      await before.clock.advanceTo(boundary - 400);
      assert.equal(typeof (await before.claims.claim(boundary, undefined)), 'object');
    }

    const after = prepare({ relay });
    assert.equal(await after.claims.claim(BOUNDARY, undefined), 'do not send');
    assert.equal(await after.claims.claim(BOUNDARY + 1_000, undefined), 'do not send');
  });

  it('writes the census', async () => {
    const { claims, relay } = prepare();
    await claims.claim(BOUNDARY, { viewers: 3, arrivals: 0, crowdedAddresses: ['203.0.113.7'] });

    assert.deepEqual((await relay.read()).crowdedAddresses, ['203.0.113.7']);
  });

  it('is retried every 150 ms until the table answers', async () => {
    const stores = makeMemoryRelayStore();
    const attempts: number[] = [];
    const claim: RelayStore['claim'] = async (...args) => {
      attempts.push(clock.now() - NOW);
      if (attempts.length === 1) await new Promise(() => {});
      if (attempts.length === 2) throw new Error('throttled');
      return stores.claim(...args);
    };
    const { clock, claims } = prepare({ relay: { ...stores, claim } });
    const claimed = claims.claim(BOUNDARY, undefined);
    await clock.advanceTo(NOW + 1_000);

    assert.deepEqual(attempts, [0, 150, 300]);
    assert.partialDeepStrictEqual(await claimed, { lastBoundaryMillis: 0 });
  });

  it('is not retried later than half a second after the boundary', async () => {
    const attempts: number[] = [];
    const claim = async () => {
      attempts.push(clock.now() - BOUNDARY);
      throw new Error('throttled');
    };
    const { clock, claims } = prepare({ relay: { ...makeMemoryRelayStore(), claim } });
    const claimed = claims.claim(BOUNDARY, undefined);
    await clock.advanceTo(BOUNDARY + 10_000);

    assert.equal(await claimed, 'table unavailable');
    assert.deepEqual([attempts[0], attempts.at(-1)], [-400, 350]);
  });

  it('is won when the answer to an earlier, successful attempt was lost', async () => {
    const stores = makeMemoryRelayStore();
    let attempts = 0;
    const claim: RelayStore['claim'] = async (...args) => {
      const before = await stores.claim(...args);
      if (++attempts === 1) throw new Error('answer lost');
      return before;
    };
    const { clock, claims } = prepare({ relay: { ...stores, claim } });
    const claimed = claims.claim(BOUNDARY, undefined);
    await clock.advanceTo(NOW + 1_000);

    assert.partialDeepStrictEqual(await claimed, { lastBoundaryMillis: BOUNDARY, leader: 'me' });
  });

  it('is lost when this runner had claimed the boundary and then marked the shard as empty', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY, 'me');
    await relay.markEmpty('me', 0);

    assert.equal(await claims.claim(BOUNDARY, undefined), 'lost');
    assert.equal((await relay.read()).isEmpty, true);
  });

  it('does not allow a runner to send a tick if it has claimed a later boundary', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY + 1_000, 'me');

    assert.equal(await claims.claim(BOUNDARY, undefined), 'do not send');
    assert.equal((await relay.read()).lastBoundaryMillis, BOUNDARY + 1_000);
  });
});

describe('a void boundary', () => {
  it('is replaced, and the prior boundary is kept', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY - 1_000, 'honest');
    await relay.claim(BOUNDARY + HOUR, 'wrong');

    assert.partialDeepStrictEqual(await claims.claim(BOUNDARY, undefined), { lastBoundaryMillis: BOUNDARY + HOUR });
    assert.partialDeepStrictEqual(await relay.read(), {
      lastBoundaryMillis: BOUNDARY,
      priorBoundaryMillis: BOUNDARY - 1_000,
      leader: 'me',
    });
  });

  it('is not replaced if the prior boundary is the one to claim', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY, 'honest');
    await relay.claim(BOUNDARY + HOUR, 'wrong');

    assert.equal(await claims.claim(BOUNDARY, undefined), 'do not send');
    assert.equal((await relay.read()).lastBoundaryMillis, BOUNDARY + HOUR);
    assert.notEqual(typeof (await claims.claim(BOUNDARY + 1_000, undefined)), 'string', 'the next one replaces it');
  });

  it('is replaced without sending if the prior boundary is void too, and the next tick is sent', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY + HOUR, 'wrong');
    await relay.claim(BOUNDARY + HOUR + 1_000, 'wrong');

    assert.equal(await claims.claim(BOUNDARY, undefined), 'do not send');
    assert.partialDeepStrictEqual(await relay.read(), {
      lastBoundaryMillis: BOUNDARY,
      priorBoundaryMillis: BOUNDARY + HOUR,
    });
    assert.partialDeepStrictEqual(await claims.claim(BOUNDARY + 1_000, undefined), { lastBoundaryMillis: BOUNDARY });
  });

  it('is replaced by only one of two runners', async () => {
    const { claims, relay } = prepare();
    await relay.claim(BOUNDARY - 1_000, 'honest');
    await relay.claim(BOUNDARY + HOUR, 'wrong');
    const { replaceVoid } = relay;
    relay.replaceVoid = async (found, boundary, runnerId) => {
      await replaceVoid(found, boundary, 'other');
      return replaceVoid(found, boundary, runnerId);
    };

    assert.equal(await claims.claim(BOUNDARY, undefined), 'lost');
    assert.equal((await relay.read()).leader, 'other');
  });

  it('is more than 3 s ahead, or 4.5 s at intervals from 5 s on', async () => {
    for (const [intervalMillis, aheadMillis, isVoid] of [
      [1_000, 3_000, false],
      [1_000, 3_001, true],
      [10_000, 4_500, false],
      [10_000, 4_501, true],
    ] as const) {
      assert.equal(prepare({ intervalMillis }).claims.isVoid(NOW + aheadMillis), isVoid);
    }
  });

  it('must be void both by the clock of the machine and by the clock of the table', () => {
    assert.equal(prepare({ tableAheadMillis: 0 }).claims.isVoid(BOUNDARY + HOUR), true);
    assert.equal(prepare({ tableAheadMillis: HOUR }).claims.isVoid(BOUNDARY + HOUR), false);
    assert.equal(prepare({ tableAheadMillis: -HOUR }).claims.isVoid(BOUNDARY + 1_000), false);
  });
});
