// Browsers that round their clocks to many milliseconds.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockStep, measureSteps } from '../../../web/src/client/clock-step.ts';
import { makeWorld } from '../../support/simulated-viewer.ts';
import { makeRandom } from '../../support/timeline.ts';

describe('the client on a clock with a step of', () => {
  for (const stepMillis of [1, 16.667, 20, 100]) {
    for (const roundsAtRandom of [false, true]) {
      it(`${stepMillis} ms that rounds ${roundsAtRandom ? 'at random' : 'down'} keeps the bound and sends no extra probe`, () => {
        const random = makeRandom(7);
        const { timeline, service, client, device } = makeWorld({
          device: { resolutionMillis: stepMillis, wallResolutionMillis: stepMillis, roundsAtRandom },
          network: { upMillis: () => 1 + random(), downMillis: () => 1 + random() },
        });
        const fine = makeWorld();
        fine.client.connect();
        client.connect();
        timeline.advance(3_000);
        fine.timeline.advance(40_000);
        const end = timeline.nowMillis + 37_000;
        while (timeline.nowMillis < end) {
          timeline.advance(37 * random());
          const { offset = 0, offsetErrorBound, errorBound } = client;
          assert.ok(Math.abs((client.now() ?? 0) - timeline.nowMillis) <= errorBound);
          assert.ok(Math.abs(offset + device.wallLeadMillis) <= offsetErrorBound);
          assert.ok(errorBound < 25 + 3 * stepMillis, `the bound is ${errorBound}`);
        }
        assert.equal(service.probes, fine.service.probes);
      });
    }
  }
});

describe('the step of a clock', () => {
  it('is at least 1 ms, and infinite until two readings differ', () => {
    const step = new ClockStep();
    step.observe(5);
    step.observe(5);
    assert.equal(step.millis, Infinity);
    step.observe(5.1);
    assert.equal(step.millis, 1);
  });

  it('is the smallest difference, with 2 ms for whole numbers that hide a fraction', () => {
    const step = new ClockStep();
    for (const reading of [0, 33, 50, 66, 100]) step.observe(reading);
    assert.equal(step.millis, 18);
  });

  it('is measured in a loop, and with timers for a clock that has not changed', () => {
    const [fine, coarse] = [new ClockStep(), new ClockStep()];
    const timers: (() => void)[] = [];
    let now = 0;
    measureSteps(
      [
        { step: fine, read: () => (now += 0.001) },
        { step: coarse, read: () => Math.floor(now / 100) * 100 },
      ],
      (callback) => timers.push(callback),
    );
    assert.equal(fine.millis, 1);
    assert.equal(coarse.millis, Infinity);
    for (const timer of timers) {
      now += 4;
      timer();
    }
    assert.equal(coarse.millis, 102);
  });
});
