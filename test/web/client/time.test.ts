// The time of the client on simulated networks, clocks and machines: it never runs backwards, its error never exceeds
// the bound, and it is soon precise.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { makeWorld } from '../../support/simulated-viewer.ts';
import { makeRandom } from '../../support/timeline.ts';

const HOUR_MILLIS = 3_600_000;
/** Number of histories. RUNS=2000 runs more. */
const RUNS = Number(process.env.RUNS ?? 200);

/** Delays of one direction: a minimum plus an exponentially distributed part. */
const path = (minFloor: number, maxFloor: number, maxJitter: number) =>
  fc.record({
    floorMillis: fc.double({ min: minFloor, max: maxFloor, noNaN: true }),
    jitterMillis: fc.double({ min: 0, max: maxJitter, noNaN: true }),
  });

const step = (resolutionMillis: number) => Math.max(1, resolutionMillis);

type Path = { readonly floorMillis: number; readonly jitterMillis: number };

const delay = ({ floorMillis, jitterMillis }: Path, random: () => number) =>
  floorMillis - jitterMillis * Math.log(1 - random());

const trouble = fc.oneof(
  fc.record({
    kind: fc.constant('wall' as const),
    millis: fc.integer({ min: -5 * HOUR_MILLIS, max: 5 * HOUR_MILLIS }),
  }),
  fc.record({ kind: fc.constant('sleep' as const), millis: fc.integer({ min: 300, max: HOUR_MILLIS }) }),
  fc.record({ kind: fc.constant('throttle' as const), millis: fc.constantFrom(0, 1_000, 60_000) }),
  fc.record({ kind: fc.constant('drift' as const), millis: fc.integer({ min: -200, max: 200 }) }),
  fc.record({ kind: fc.constant('cut' as const), millis: fc.constant(0) }),
  fc.record({ kind: fc.constant('silence' as const), millis: fc.integer({ min: 0, max: 60_000 }) }),
);

/** Steps of clocks: those of known browsers, and any others. */
const stepMillis = fc.oneof(
  fc.constantFrom(0.005, 0.1, 1, 16.667, 20, 100),
  fc.double({ min: 0.005, max: 100, noNaN: true }),
);

const world = fc.record({
  seed: fc.integer(),
  up: path(0.1, 300, 200),
  down: path(0.1, 300, 200),
  loss: fc.constantFrom(0, 0, 0.05, 0.5),
  driftPpm: fc.integer({ min: -200, max: 200 }),
  intervalMillis: fc.constantFrom(1_000, 1_000, 10_000, 60_000),
  device: fc.record({
    monotonicStopsInSleep: fc.boolean(),
    resolutionMillis: stepMillis,
    wallResolutionMillis: fc.oneof(fc.constant(1), stepMillis),
    roundsAtRandom: fc.boolean(),
  }),
  troubles: fc.array(fc.record({ afterMillis: fc.integer({ min: 0, max: 200_000 }), trouble }), { maxLength: 8 }),
});

describe('the time', () => {
  it(`never runs backwards, and its error never exceeds errorBound, in ${RUNS} histories`, () => {
    let samples = 0;
    let bounded = 0;
    fc.assert(
      fc.property(world, (history) => {
        const random = makeRandom(history.seed);
        const { resolutionMillis, wallResolutionMillis } = history.device;
        const { timeline, service, device, client } = makeWorld({
          ...history,
          network: {
            upMillis: () => delay(history.up, random),
            downMillis: () => delay(history.down, random),
            loses: () => random() < history.loss,
          },
          server: {
            intervalMillis: history.intervalMillis,
            stampErrorMillis: () => 4 * random() - 2,
            latenessMillis: () => 900 * random() ** 3,
            answerMillis: () => 50 * random() ** 2,
          },
        });
        device.driftPpm = history.driftPpm;
        client.connect();

        let before = -Infinity;
        const look = () => {
          const now = client.now();
          const { errorBound } = client;
          if (now === undefined) return;
          samples++;
          if (errorBound < Infinity) bounded++;
          assert.ok(now >= before, `${now} after ${before}`);
          before = now;
          const error = now - timeline.nowMillis;
          assert.ok(Math.abs(error) <= errorBound, `off by ${error}, and said at most ${errorBound}`);
          const { offset, offsetErrorBound } = client;
          const offsetError = (offset ?? 0) + device.wallLeadMillis;
          assert.ok(Math.abs(offsetError) <= offsetErrorBound, `${offsetError} with a bound of ${offsetErrorBound}`);
        };
        const pass = (millis: number) => {
          const until = timeline.nowMillis + millis;
          while (timeline.nowMillis < until) {
            timeline.advanceTo(Math.min(until, timeline.nowMillis - 800 * Math.log(1 - random())));
            if (!device.isAsleep) look();
          }
        };

        pass(5_000);
        for (const { afterMillis, trouble } of history.troubles) {
          pass(afterMillis);
          look();
          switch (trouble.kind) {
            case 'wall':
              device.setWallBy(trouble.millis);
              break;
            case 'sleep':
              device.sleep();
              // The rounding of the clocks hides a shorter sleep.
              timeline.advance(trouble.millis + 4 * (step(resolutionMillis) + step(wallResolutionMillis)));
              device.wake();
              break;
            case 'throttle':
              device.throttleMillis = trouble.millis;
              break;
            case 'drift':
              device.driftPpm = trouble.millis;
              break;
            case 'cut':
              service.cutAll();
              break;
            case 'silence':
              service.isUnresponsive = true;
              pass(trouble.millis);
              service.isUnresponsive = false;
          }
          look();
        }
        pass(30_000);
        client.close();
      }),
      { numRuns: RUNS },
    );
    assert.ok(bounded > samples / 2, `${bounded} of ${samples} samples had a bound`);
  });

  for (const { name, up, down, tolerance } of [
    { name: 'a local network', up: path(0.1, 2, 1), down: path(0.1, 2, 1), tolerance: () => 10 },
    {
      name: 'a wide area network',
      up: path(10, 100, 20),
      down: path(10, 100, 20),
      tolerance: (up: Path, down: Path) => (up.floorMillis + down.floorMillis) / 2,
    },
  ]) {
    it(`is precise on ${name} in 95 of 100 readings from the third second on`, () => {
      const ratios: number[] = [];
      let earlyOffCount = 0;
      fc.assert(
        fc.property(fc.integer(), up, down, fc.integer({ min: -200, max: 200 }), (seed, up, down, driftPpm) => {
          const random = makeRandom(seed);
          const { timeline, device, client } = makeWorld({
            network: { upMillis: () => delay(up, random), downMillis: () => delay(down, random) },
            server: { latenessMillis: () => 20 * random(), answerMillis: () => 10 * random() },
          });
          device.driftPpm = driftPpm;
          client.connect();
          const openMillis = timeline.nowMillis;
          while (client.state !== 'open' && timeline.nowMillis < openMillis + 1_000) timeline.advance(1);
          timeline.advance(3_000);
          // A single reading may be one of the five in a hundred.
          if (Math.abs((client.now() ?? 0) - timeline.nowMillis) >= tolerance(up, down)) earlyOffCount++;
          assert.ok(client.errorBound < Infinity, 'there is a bound by the third second');

          const errors: number[] = [];
          for (let look = 0; look < 2_000; look++) {
            timeline.advance(300 * random());
            errors.push(Math.abs((client.now() ?? 0) - timeline.nowMillis));
          }
          const p95 = errors.sort((one, other) => one - other)[Math.floor(errors.length * 0.95)] ?? Infinity;
          ratios.push(p95);
          assert.ok(p95 < tolerance(up, down), `95 of 100 looks were off by up to ${p95} ms`);
        }),
        { numRuns: RUNS / 2 },
      );
      assert.ok(
        earlyOffCount <= 0.05 * ratios.length,
        `${earlyOffCount} of ${ratios.length} were off in the third second`,
      );
      if (process.env.RUNS)
        console.log(
          `p95 of ${name}: worst ${Math.max(...ratios)}, mean ${ratios.reduce((a, b) => a + b) / ratios.length}`,
        );
    });
  }
});
