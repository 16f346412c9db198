// Connections that end: renewals without a lost or doubled tick, and reconnects that are spread over time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SimulatedService } from '../../support/simulated-service.ts';
import { makeWorld, SimulatedViewer, START_MILLIS } from '../../support/simulated-viewer.ts';
import { isConsecutive } from '../../support/test-viewer.ts';
import { makeRandom, Timeline } from '../../support/timeline.ts';

const RUNS = Number(process.env.RUNS ?? 200);

describe('a connection that the gateway will close', () => {
  it(`is replaced before that, and no tick is lost or shown twice, in ${RUNS} histories`, () => {
    const history = fc.record({
      seed: fc.integer(),
      delayMillis: fc.integer({ min: 1, max: 400 }),
      jitterMillis: fc.integer({ min: 0, max: 1_000 }),
      refusedShare: fc.constantFrom(0, 0, 0.3),
      offsetMillis: fc.integer({ min: 0, max: 999 }),
    });
    fc.assert(
      fc.property(history, ({ seed, delayMillis, jitterMillis, refusedShare, offsetMillis }) => {
        const random = makeRandom(seed);
        const delay = () => delayMillis + jitterMillis * random();
        let isFirst = true;
        const { timeline, ...world } = makeWorld({
          seed,
          network: { upMillis: delay, downMillis: delay },
          client: { renewAfterMillis: [20_000, 25_000] },
          server: {
            // After the first attempt to renew, there is time for as many attempts at the longest delay of 30 s as
            // before the gateway's limit of two hours.
            lifetimeMillis: () => 300_000,
            latenessMillis: () => 900 * random() ** 4,
            refuses: () => !isFirst && random() < refusedShare,
          },
        });
        timeline.advance(offsetMillis);
        world.client.connect();
        timeline.advance(2_000);
        isFirst = false;
        timeline.advance(600_000);
        // Messages in flight arrive.
        world.service.isSilent = true;
        timeline.advance(2_500);

        assert.ok(world.client.renewals >= (refusedShare > 0 ? 12 : 20), `${world.client.renewals} renewals`);
        assert.equal(world.client.reconnects, 0);
        const sequences = world.viewer.sequences.toSorted((one, other) => one - other);
        assert.ok(sequences.length >= 600);
        assert.ok(
          sequences.every((sequence, index) => index === 0 || sequence === (sequences[index - 1] ?? 0) + 1),
          sequences.join(' '),
        );
        assert.deepEqual([world.client.missed, world.client.doubled], [0, 0]);
        assert.ok(world.service.sockets.size <= 2, `${world.service.sockets.size} connections`);
        assert.deepEqual(new Set(world.viewer.stateNames), new Set(['connecting', 'open']));
        world.client.close();
        timeline.advance(5_000);
        assert.equal(world.service.sockets.size, 0);
        assert.equal(world.device.timerCount, 0);
      }),
      { numRuns: RUNS },
    );
  });

  it('is kept if the next one opens but has no ticks', () => {
    const { timeline, service, client, viewer } = makeWorld({ client: { renewAfterMillis: [10_000, 10_000] } });
    client.connect();
    timeline.advance(5_000);
    service.isSilentToNew = true;
    timeline.advance(60_000);

    assert.equal(client.renewals, 0);
    assert.ok(isConsecutive(viewer.ticks) && viewer.ticks.length >= 64, `${viewer.ticks.length}`);
    assert.ok(service.handshakes.length > 3, 'it tries others');
  });

  it('gets attempts to renew it with growing delays while all places are taken, and a reconnect soon after its end', () => {
    let isFull = false;
    const { timeline, service, client } = makeWorld({
      client: { renewAfterMillis: [20_000, 20_000] },
      server: { refuses: () => isFull, lifetimeMillis: () => 620_000 },
    });
    client.connect();
    timeline.advance(10_000);
    isFull = true;
    timeline.advance(600_000);
    assert.equal(client.state, 'open');
    assert.ok(service.handshakes.length < 60, `${service.handshakes.length} in ten minutes`);

    timeline.advance(9_900);
    isFull = false;
    while (client.state === 'open') timeline.advance(1);
    timeline.advance(2_100);
    assert.equal(client.state, 'open');
    assert.ok(client.missed <= 3, `${client.missed}`);
  });
});

describe('many viewers that are disconnected together', () => {
  it('reconnect evenly over the two seconds of the first random delay', () => {
    const timeline = new Timeline(START_MILLIS);
    const service = new SimulatedService({ timeline });
    const network = { upMillis: () => 0, downMillis: () => 0 };
    const viewers = Array.from({ length: 1_000 }, (_, seed) => new SimulatedViewer({ service, seed, network }));
    for (const { client } of viewers) client.connect();
    timeline.advance(20_000);
    service.handshakes.length = 0;

    const cutMillis = timeline.nowMillis;
    service.cutAll();
    timeline.advance(10_000);

    const slices = Array.from({ length: 10 }, () => 0);
    for (const atMillis of service.handshakes) {
      const slice = Math.floor((atMillis - cutMillis) / 200);
      slices[slice] = (slices[slice] ?? 0) + 1;
    }
    assert.equal(service.handshakes.length, 1_000);
    assert.equal(service.sockets.size, 1_000);
    // 100 each. The standard deviation is 9.5.
    assert.ok(Math.min(...slices) > 65 && Math.max(...slices) < 135, slices.join(' '));
  });

  it('spread over growing random delays while they are refused, up to half a minute', () => {
    const timeline = new Timeline(START_MILLIS);
    const service = new SimulatedService({ timeline, refuses: () => timeline.nowMillis > START_MILLIS + 10_000 });
    const viewers = Array.from({ length: 300 }, (_, seed) => new SimulatedViewer({ service, seed }));
    for (const { client } of viewers) client.connect();
    timeline.advance(30_000);
    service.handshakes.length = 0;

    service.cutAll();
    const attemptsIn = (millis: number) => {
      const before = service.handshakes.length;
      timeline.advance(millis);
      return (service.handshakes.length - before) / viewers.length;
    };

    const early = attemptsIn(10_000);
    attemptsIn(110_000);
    const late = attemptsIn(300_000);
    assert.ok(early > 1.5 && early < 6, `${early}`);
    // One attempt in 15 seconds on average.
    assert.ok(late > 17 && late < 23, `${late}`);
    assert.ok(viewers.every(({ client }) => client.state === 'reconnecting'));
  });

  it('do not overload a server that admits them and closes each connection after 1.2 s', () => {
    const { timeline, service, client } = makeWorld({ server: { lifetimeMillis: () => 1_200 } });
    client.connect();
    timeline.advance(300_000);

    assert.ok(service.handshakes.length < 40, `${service.handshakes.length} in five minutes`);
  });
});
