// How a runner checks its clock, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockCheck } from '../../../lambdas/domain/clock-check.ts';
import { ClockProof, type Witness } from '../../../lambdas/domain/clock-proof.ts';
import { makeMemoryRelayStore, silentMetrics } from '../../support/memory-stores.ts';
import { MachineClock, SimulatedClock } from '../../support/simulated-clock.ts';

const START = 1_763_861_880_000;
const HOUR = 3_600_000;

interface Conditions {
  readonly offsetMillis?: number;
  readonly isEnforced?: boolean;
  /** How long table and queue take to answer. */
  readonly answerMillis?: number;
}

function prepare({ offsetMillis = 0, isEnforced = true, answerMillis = 10 }: Conditions = {}) {
  const time = new SimulatedClock(START);
  const clock = new MachineClock(time, { offsetMillis });
  const proof = new ClockProof(clock);
  const [logged, asked]: [string[], string[]] = [[], []];
  let errors = 0;
  const observe = (witness: Witness) => {
    const nowMillis = clock.monotonicMillis();
    const dateMillis = Math.floor(time.now() / 1_000) * 1_000;
    proof.recordDate(witness, { dateMillis, askedAtMonotonicMillis: nowMillis, answeredAtMonotonicMillis: nowMillis });
  };
  const answer = async (witness: Witness) => {
    asked.push(witness);
    await time.sleepUntil(time.now() + answerMillis);
    observe(witness);
  };
  const relay = makeMemoryRelayStore();
  const { read } = relay;
  relay.read = async () => {
    await answer('table');
    return read();
  };
  const check = new ClockCheck(isEnforced, {
    clock,
    proof,
    relay,
    queue: { send: async () => {}, requestDate: () => answer('queue') },
    metrics: { ...silentMetrics, clockError: () => errors++ },
    log: {
      info() {},
      warn: (message) => logged.push(`warn ${message}`),
      error: (message) => logged.push(`error ${message}`),
    },
  });
  return { time, clock, proof, check, observe, asked, logged, errors: () => errors };
}

const ONE = 'warn a witness contradicts the clock of this machine';
const TWO = 'error the clock of this machine is wrong: two witnesses contradict it';

describe('a clock that no witness contradicts', () => {
  it('is not wrong, with or without witnesses', () => {
    const { check, observe, logged } = prepare();
    assert.equal(check.isWrong(), false);
    for (const witness of ['table', 'queue'] as const) observe(witness);

    assert.deepEqual([check.isWrong(), logged], [false, []]);
  });
});

describe('a clock that one witness contradicts', () => {
  it('is not wrong, and the contradiction is logged once', () => {
    const { check, observe, logged, errors } = prepare({ offsetMillis: HOUR });
    observe('table');
    const answers = [check.isWrong(), check.isWrong()];

    assert.deepEqual([answers, logged, errors()], [[false, false], [ONE], 0]);
  });
});

describe('a clock that two witnesses contradict', () => {
  it('is wrong, which is logged and counted', () => {
    const { check, observe, logged, errors } = prepare({ offsetMillis: -HOUR });
    for (const witness of ['table', 'queue'] as const) observe(witness);

    assert.deepEqual([check.isWrong(), logged, errors()], [true, [TWO], 1]);
  });

  it('is wrong when the second witness answers later', () => {
    const { check, observe, logged, errors } = prepare({ offsetMillis: -HOUR });
    observe('table');
    check.isWrong();
    observe('gateway');

    assert.deepEqual([check.isWrong(), logged, errors()], [true, [ONE, TWO], 1]);
  });

  it('is only reported, once, if the deployment accepts wrong clocks', () => {
    const { check, observe, logged, errors } = prepare({ offsetMillis: -HOUR, isEnforced: false });
    for (const witness of ['table', 'queue'] as const) observe(witness);
    const answers = [check.isWrong(), check.isWrong()];

    assert.deepEqual([answers, logged, errors()], [[false, false], [TWO], 1]);
  });

  it('is reported if the deployment accepts wrong clocks and one witness was reported before', () => {
    const { check, observe, logged, errors } = prepare({ offsetMillis: -HOUR, isEnforced: false });
    observe('table');
    check.isWrong();
    observe('gateway');
    check.isWrong();

    assert.deepEqual([logged, errors()], [[ONE, TWO], 1]);
  });
});

describe('the requests to witnesses', () => {
  it('go to the queue before the first claim, and to table and queue after the clock was set', async () => {
    const { time, check, asked, proof } = prepare();
    check.askQueue();
    await time.advanceTo(START + 50);
    assert.deepEqual([asked, proof.boundMillis === undefined], [['queue'], false]);
    check.recover();
    assert.equal(proof.boundMillis, undefined, 'earlier answers do not count');
    await time.advanceTo(START + 100);

    assert.deepEqual(asked, ['queue', 'table', 'queue']);
  });

  it('are awaited for at most 300 ms by the wall clock', async () => {
    for (const [answerMillis, doneMillis] of [
      [10, 10],
      [299, 299],
      [5_000, 300],
    ] as const) {
      const { time, check } = prepare({ answerMillis });
      let done = 0;
      for (const asked of [check.askQueue(), check.recover()]) {
        asked.then(() => {
          done++;
        });
      }
      await time.advanceTo(START + doneMillis - 1);
      assert.equal(done, 0);
      await time.advanceTo(START + doneMillis);
      assert.equal(done, 2);
    }
  });

  it('reveal a clock that was set', async () => {
    const { time, clock, check, errors } = prepare();
    clock.step(-HOUR);
    assert.equal(check.hasStepped, true);
    const recovered = check.recover();
    await time.advanceTo(START + 100);
    await recovered;

    assert.deepEqual([check.hasStepped, check.isWrong(), errors()], [false, true, 1]);
  });
});
