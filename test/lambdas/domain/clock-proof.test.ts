// The arithmetic of the clock proof.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  ClockProof,
  CONTRADICTION_MILLIS,
  DATE_SPAN_MILLIS,
  type ObservedDate,
  type Witness,
} from '../../../lambdas/domain/clock-proof.ts';
import { STEP_MILLIS } from '../../../lambdas/domain/ports.ts';
import { MachineClock, SimulatedClock } from '../../support/simulated-clock.ts';

const START = 1_763_861_880_000;
const HOUR = 3_600_000;

/** A proof on a machine, and the dates that it records. */
function prepare(offsetMillis = 0) {
  const time = new SimulatedClock(START);
  const machine = new MachineClock(time, { offsetMillis });
  const proof = new ClockProof(machine);
  /** @param errorMillis how far the clock of the witness is ahead */
  const observe = (witness: Witness, errorMillis = 0) => {
    const nowMillis = machine.monotonicMillis();
    const dateMillis = Math.floor((time.now() + errorMillis) / 1_000) * 1_000;
    proof.recordDate(witness, { dateMillis, askedAtMonotonicMillis: nowMillis, answeredAtMonotonicMillis: nowMillis });
  };
  return { time, machine, proof, observe };
}

/** Answers at random moments. Each `Date` is written by a right clock and may be cached for a while. */
const answers = fc.array(
  fc.record({
    witness: fc.constantFrom<Witness>('table', 'queue', 'gateway'),
    afterMillis: fc.integer({ min: 0, max: 5_000 }),
    outMillis: fc.integer({ min: 0, max: 2_000 }),
    backMillis: fc.integer({ min: 0, max: 2_000 }),
    staleMillis: fc.integer({ min: 0, max: 400 }),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('the bounds of a right witness', () => {
  it('contain the true time for any clock error and any duration of answers', () => {
    fc.assert(
      fc.property(answers, fc.integer({ min: -2 * HOUR, max: 2 * HOUR }), (answers, offsetMillis) => {
        const { proof, machine } = prepare(offsetMillis);
        let nowMillis = START;
        for (const { witness, afterMillis, outMillis, backMillis, staleMillis } of answers) {
          nowMillis += afterMillis;
          const observed: ObservedDate = {
            dateMillis: Math.floor((nowMillis + outMillis - staleMillis) / 1_000) * 1_000,
            askedAtMonotonicMillis: nowMillis - START,
            answeredAtMonotonicMillis: nowMillis + outMillis + backMillis - START,
          };
          nowMillis += outMillis + backMillis;
          proof.recordDate(witness, observed);

          const bound = proof.boundMillis ?? assert.fail('an answer bounds both sides');
          assert.ok(bound >= Math.abs(offsetMillis), `${bound} excludes ${offsetMillis}`);
          for (const error of proof.doubts.values()) {
            assert.equal(Math.sign(error), Math.sign(offsetMillis));
            assert.ok(Math.abs(error) <= Math.abs(offsetMillis), `${error} of ${offsetMillis}`);
          }
        }
        const latest = proof.latestByTableMillis;
        assert.ok(latest === undefined || latest >= START + machine.monotonicMillis());
      }),
    );
  });

  it('never contradict a clock whose error is below the threshold', async () => {
    const small = fc.integer({ min: -CONTRADICTION_MILLIS, max: CONTRADICTION_MILLIS });
    await fc.assert(
      fc.asyncProperty(small, fc.integer({ min: 0, max: 999 }), async (offsetMillis, fraction) => {
        const { proof, observe, time } = prepare(offsetMillis);
        await time.advanceTo(START + fraction);
        observe('table');

        assert.equal(proof.doubts.size, 0);
      }),
    );
  });

  it('contradict a clock that is wrong by at least the span of a date plus the threshold', async () => {
    for (const offsetMillis of [CONTRADICTION_MILLIS + DATE_SPAN_MILLIS + 1, -2 * HOUR, 2 * HOUR, -2_001]) {
      for (const fraction of [0, 500, 999]) {
        const { proof, observe, time } = prepare(offsetMillis);
        await time.advanceTo(START + fraction);
        observe('table');

        assert.deepEqual([...proof.doubts.keys()], ['table'], `${offsetMillis} at ${fraction}`);
      }
    }
  });

  it('are intersected over a run', async () => {
    const { proof, observe, time } = prepare();
    await time.advanceTo(START + 100);
    observe('table');
    assert.equal(proof.boundMillis, 1_300);
    await time.advanceTo(START + 1_700);
    observe('table');
    assert.equal(proof.boundMillis, 700);
    await time.advanceTo(START + 60_500);
    observe('table');
    assert.equal(proof.boundMillis, 700, 'a wider answer changes nothing');
  });

  it('restart from the latest answer when the witness contradicts itself', async () => {
    const { proof, observe, time } = prepare();
    observe('table', 10_000);
    assert.equal(Math.round(proof.doubts.get('table') ?? 0), -10_000);
    await time.advanceTo(START + 1_000);
    observe('table');

    assert.deepEqual([proof.doubts.size, proof.boundMillis], [0, DATE_SPAN_MILLIS]);
  });

  it('give the bound of the least precise witness', async () => {
    const { proof, observe, time } = prepare();
    observe('table');
    await time.advanceTo(START + 700);
    observe('queue');

    assert.equal(proof.boundMillis, 1_400);
  });

  it('widen with the duration of an answer', () => {
    const { proof } = prepare();
    proof.recordDate('table', { dateMillis: START, askedAtMonotonicMillis: -1_000, answeredAtMonotonicMillis: 500 });

    assert.equal(proof.boundMillis, 2_400);
  });
});

describe('a proof', () => {
  it('has no bound before a witness gives a lower and an upper bound', () => {
    const { proof, observe } = prepare();
    assert.equal(proof.boundMillis, undefined);
    proof.recordLowerBound('schedule', START);
    assert.equal(proof.boundMillis, undefined);
    observe('queue');
    assert.notEqual(proof.boundMillis, undefined);
    assert.equal(proof.latestByTableMillis, undefined);
  });

  it('ignores times that are NaN', () => {
    const { proof } = prepare();
    proof.recordDate('table', { dateMillis: Number.NaN, askedAtMonotonicMillis: 0, answeredAtMonotonicMillis: 0 });
    proof.recordLowerBound('schedule', Number.NaN);

    assert.deepEqual([proof.boundMillis, proof.doubts.size, proof.contradiction], [undefined, 0, undefined]);
  });

  it('uses the due time of a message and the time of the schedule as lower bounds', () => {
    const { proof } = prepare(-HOUR);
    proof.recordLowerBound('schedule', START);
    proof.recordLowerBound('queue', START - HOUR + CONTRADICTION_MILLIS + 1);

    assert.deepEqual(
      [...proof.doubts],
      [
        ['schedule', -HOUR],
        ['queue', -CONTRADICTION_MILLIS - 1],
      ],
    );
    const ahead = prepare(HOUR).proof;
    ahead.recordLowerBound('schedule', START);
    assert.equal(ahead.doubts.size, 0, 'a message may be late');
  });

  it('counts a message and the answers of the queue as one witness', () => {
    const { proof, observe } = prepare(-HOUR);
    proof.recordLowerBound('queue', START);
    observe('queue');

    assert.deepEqual([...proof.doubts.keys()], ['queue']);
    assert.equal(proof.contradiction, undefined);
  });

  it('has a contradiction if two witnesses agree on the direction, and not if only one does', () => {
    for (const [offsetMillis, aheadMillis] of [
      [HOUR, HOUR - DATE_SPAN_MILLIS],
      [-HOUR, -HOUR],
    ] as const) {
      const { proof, observe } = prepare(offsetMillis);
      observe('table');
      const alone = proof.contradiction;
      observe('gateway');

      assert.equal(alone, undefined);
      assert.deepEqual(proof.contradiction, { witnesses: ['table', 'gateway'], aheadMillis });
    }
  });

  it('has no contradiction if the witnesses contradict each other', () => {
    const { proof, observe } = prepare();
    observe('table', HOUR);
    observe('queue', -HOUR);
    const both = proof.contradiction;
    assert.deepEqual([[...proof.doubts.values()].map(Math.sign), both], [[-1, 1], undefined]);
    observe('gateway', HOUR);

    assert.deepEqual(proof.contradiction?.witnesses, ['table', 'gateway']);
  });

  it('detects that the clock was set by more than the step, and discards its bounds on a restart', async () => {
    for (const millis of [STEP_MILLIS + 1, -STEP_MILLIS - 1, HOUR]) {
      const { proof, observe, machine, time } = prepare();
      observe('table');
      await time.advanceTo(START + 60_000);
      machine.step(STEP_MILLIS);
      assert.equal(proof.hasStepped, false, 'clocks are corrected');
      machine.step(-STEP_MILLIS + millis);
      assert.equal(proof.hasStepped, true);
      proof.restart();

      assert.deepEqual([proof.hasStepped, proof.boundMillis, proof.doubts.size], [false, undefined, 0]);
    }
  });
});
