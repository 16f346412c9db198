import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMessage, tickFormatter } from '../../../protocol/messages.ts';
import { sequenceAt } from '../../../protocol/tick.ts';
import { ClockClient } from '../../../web/src/client/client.ts';
import { makeWorld } from '../../support/simulated-viewer.ts';
import { isConsecutive } from '../../support/test-viewer.ts';

const SECOND = 1_000;

describe('the state', () => {
  it('is closed, connecting, open, and closed again', () => {
    const { timeline, client, viewer, service } = makeWorld();
    assert.equal(client.state, 'closed');
    assert.equal(client.now(), undefined);
    assert.equal(client.errorBound, Infinity);

    client.connect();
    client.connect();
    timeline.advance(3 * SECOND);
    client.close(3001, 'had enough');
    timeline.advance(SECOND);

    assert.deepEqual(viewer.stateNames, ['connecting', 'open', 'closed']);
    assert.deepEqual(viewer.disconnections, []);
    assert.equal(service.handshakes.length, 1);
    assert.ok(client.errorBound < 30, 'what is known stays known');
  });

  it('stays closed when a listener of a state closes the client', () => {
    for (const at of ['connecting', 'open', 'stale', 'reconnecting']) {
      const { timeline, service, device, client } = makeWorld();
      client.on('state', (state) => state === at && client.close());
      const toldAt: string[] = [];
      client.on('disconnect', () => toldAt.push(client.state));
      client.connect();
      timeline.advance(20 * SECOND);
      if (client.state !== 'closed') {
        service.isSilent = true;
        device.sleep();
        timeline.advance(60 * SECOND);
        device.wake();
        timeline.advance(10 * SECOND);
        service.cutAll();
        timeline.advance(60 * SECOND);
      }
      assert.equal(client.state, 'closed', at);
      assert.ok(!toldAt.includes('closed'), `told after it was closed in ${at}`);
      assert.equal(service.sockets.size, 0, at);
      assert.equal(device.timerCount, 0, at);
    }
  });

  it('is stale within four seconds of the last tick, and open again with the next', () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(20 * SECOND);
    service.isSilent = true;
    const lastTick = viewer.ticks.at(-1)?.sentAt ?? 0;
    timeline.advance(10 * SECOND);

    assert.equal(client.state, 'stale');
    const staleAfter = (viewer.states.at(-1)?.atMillis ?? 0) - lastTick;
    assert.ok(staleAfter > 3 * SECOND && staleAfter < 4 * SECOND, `${staleAfter}`);
    service.isSilent = false;
    timeline.advance(2 * SECOND);
    assert.deepEqual(viewer.stateNames, ['connecting', 'open', 'stale', 'open']);
    assert.equal(client.reconnects + client.renewals, 0);
    assert.ok(client.missed >= 9 && client.missed <= 11, `${client.missed}`);
  });

  it('waits for two ticks at an interval of a minute', () => {
    const { timeline, service, client } = makeWorld({
      server: { intervalMillis: 60 * SECOND },
      client: { intervalMillis: 60 * SECOND },
    });
    client.connect();
    timeline.advance(130 * SECOND);
    assert.equal(client.state, 'open');
    service.isSilent = true;
    timeline.advance(60 * SECOND);
    assert.equal(client.state, 'open');
    timeline.advance(65 * SECOND);
    assert.equal(client.state, 'stale');
  });

  it('is reconnecting when no more messages arrive, although no socket was closed', () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(20 * SECOND);
    service.isUnresponsive = true;
    timeline.advance(9.5 * SECOND);
    assert.deepEqual(viewer.stateNames, ['connecting', 'open', 'stale', 'reconnecting']);
    service.isUnresponsive = false;
    timeline.advance(45 * SECOND);
    assert.equal(client.state, 'open');
    assert.equal(client.reconnects, 1);
  });

  it('is stale, and the client opens a third connection, if the replacement of the first has no ticks either', () => {
    const { timeline, service, client } = makeWorld();
    client.connect();
    timeline.advance(5 * SECOND);
    const [old] = service.sockets;
    service.isSilent = true;
    while (![...service.sockets].some((socket) => socket !== old && socket.isOpen)) {
      timeline.advance(SECOND / 10);
    }
    timeline.advance(SECOND);
    old?.cut(1001, '');
    const before = service.handshakes.length;
    timeline.advance(60 * SECOND);

    assert.equal(client.state, 'stale');
    assert.ok(service.handshakes.length > before, 'it tries another');
  });

  it('is open on a new connection after the old one has answered probes for half a minute without ticks', () => {
    const { timeline, service, client } = makeWorld();
    client.connect();
    timeline.advance(5 * SECOND);
    const [deaf] = service.sockets;
    const deliver = deaf?.deliver.bind(deaf);
    if (deaf && deliver) deaf.deliver = (text) => text.includes('"tick"') || deliver(text);
    timeline.advance(30 * SECOND);
    assert.equal(client.state, 'stale');
    timeline.advance(10 * SECOND);

    assert.equal(client.state, 'open');
    assert.equal(client.renewals, 1);
    assert.ok(!service.sockets.has(deaf as never));
  });

  it('recovers from a sleep of the machine, with the right time within four seconds', () => {
    for (const monotonicStopsInSleep of [true, false]) {
      const { timeline, device, service, client } = makeWorld({ device: { monotonicStopsInSleep } });
      client.connect();
      timeline.advance(20 * SECOND);
      device.sleep();
      service.cutAll(1006);
      timeline.advance(3_600 * SECOND);
      device.wake();
      if (monotonicStopsInSleep) assert.equal(client.errorBound, Infinity);
      timeline.advance(4 * SECOND);

      assert.equal(client.state, 'open');
      assert.ok(client.errorBound < 30);
      assert.ok(Math.abs((client.now() ?? 0) - timeline.nowMillis) < client.errorBound);
    }
  });

  it('keeps a connection that survives a sleep, with new bounds immediately', () => {
    for (const monotonicStopsInSleep of [true, false]) {
      const { timeline, device, service, client } = makeWorld({ device: { monotonicStopsInSleep } });
      client.connect();
      timeline.advance(30 * SECOND);
      const { probes } = service;
      while (service.probes === probes) timeline.advance(1);
      device.sleep();
      timeline.advance(600 * SECOND);
      device.wake();
      timeline.advance(SECOND);

      assert.ok(client.errorBound < 50, `${client.errorBound}`);
      timeline.advance(60 * SECOND);
      assert.equal(client.state, 'open');
      assert.equal(client.reconnects + client.renewals, 0);
      assert.equal(service.handshakes.length, 1);
    }
  });
});

describe('the time', () => {
  it('ignores an answer to a probe from before a sleep', () => {
    for (let sleepAt = 900; sleepAt < 2_500; sleepAt += 50) {
      const network = { upMillis: () => 200, downMillis: () => 200 };
      const { timeline, service, device, client } = makeWorld({ network });
      client.connect();
      timeline.advance(sleepAt);
      client.now();
      service.isSilent = true;
      device.sleep();
      timeline.advance(10 * SECOND);
      device.wake();
      for (let look = 0; look < 200; look++) {
        timeline.advance(10);
        const error = (client.now() ?? timeline.nowMillis) - timeline.nowMillis;
        assert.ok(Math.abs(error) <= client.errorBound, `off by ${error}, and said at most ${client.errorBound}`);
      }
    }
  });

  it('follows the server’s clock after it was set, and ignores a single wrong timestamp', () => {
    let error = 0;
    const { timeline, client } = makeWorld({ server: { stampErrorMillis: () => error } });
    client.connect();
    timeline.advance(20 * SECOND);
    error = 60_000;
    timeline.advance(1 * SECOND);
    error = 0;
    timeline.advance(3 * SECOND);
    assert.ok(Math.abs((client.now() ?? 0) - timeline.nowMillis) < 20);

    error = 60_000;
    timeline.advance(60 * SECOND);
    assert.ok(Math.abs((client.now() ?? 0) - timeline.nowMillis - error) < 20);
    assert.ok(client.errorBound < 30);
  });

  it('needs few probes: a series, then growing gaps', () => {
    const { timeline, service, client } = makeWorld();
    client.connect();
    timeline.advance(3 * SECOND);
    assert.ok(service.probes >= 5 && service.probes <= 6, `${service.probes}`);
    timeline.advance(3_600 * SECOND);
    assert.ok(service.probes > 20 && service.probes < 36, `${service.probes}`);
  });

  it('changes gradually, without a jump, when the estimate improves', () => {
    let delay = 300;
    const { timeline, client } = makeWorld({ network: { upMillis: () => 5, downMillis: () => delay } });
    client.connect();
    timeline.advance(2.5 * SECOND);
    delay = 5;
    let before = client.now() ?? 0;
    for (let step = 0; step < 100; step++) {
      timeline.advance(50);
      const now = client.now() ?? 0;
      assert.ok(now - before >= 44 && now - before <= 56, `${now - before}`);
      before = now;
    }
    assert.ok(Math.abs(before - timeline.nowMillis) < 5);
  });
});

describe('a `closing` message of the server', () => {
  it('with a code from 4000 to 4999 stops the client, like a close with that code', () => {
    for (const say of ['notice', 'code']) {
      const { timeline, service, client, viewer } = makeWorld();
      client.connect();
      timeline.advance(5 * SECOND);
      if (say === 'code') service.cutAll(4003, 'banned');
      else service.sendToAll(formatMessage({ type: 'closing', code: 4003, reason: 'banned' }));
      timeline.advance(300 * SECOND);

      assert.equal(client.state, 'closed');
      assert.deepEqual(viewer.disconnections, [{ code: 4003, reason: 'banned', isFinal: true }]);
      assert.equal(service.handshakes.length, 1);
      assert.equal(service.sockets.size, 0);
    }
  });

  it('supplies code and reason if the following close frame has no reason, and the client reconnects', () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(5 * SECOND);
    service.sendToAll(formatMessage({ type: 'closing', code: 1001, reason: 'the server is shutting down' }));
    service.cutAll(1000, '');
    timeline.advance(5 * SECOND);

    assert.equal(client.state, 'open');
    assert.deepEqual(viewer.disconnections, [{ code: 1001, reason: 'the server is shutting down', isFinal: false }]);
  });
});

describe('the page', () => {
  it('has no connection while it is in the back/forward cache, and opens one when it returns', () => {
    const { timeline, service, device, client, viewer } = makeWorld();
    client.connect();
    device.report('returned');
    timeline.advance(5 * SECOND);
    assert.equal(service.handshakes.length, 1, 'the first pageshow is no return');
    device.report('left');
    timeline.advance(60 * SECOND);
    assert.equal(service.sockets.size, 0);
    assert.equal(device.timerCount, 0);

    device.report('returned');
    timeline.advance(0.1 * SECOND);
    assert.equal(client.state, 'open');
    assert.deepEqual(viewer.stateNames, ['connecting', 'open', 'reconnecting', 'open']);
  });

  it('reconnects within 2.1 s when it is online or visible again', () => {
    for (const news of ['online', 'visible'] as const) {
      let refuses = false;
      const { timeline, service, device, client } = makeWorld({ server: { refuses: () => refuses } });
      client.connect();
      timeline.advance(5 * SECOND);
      refuses = true;
      device.report('offline');
      service.cutAll();
      timeline.advance(0.1 * SECOND);
      refuses = false;
      device.report(news);
      timeline.advance(2.1 * SECOND);
      assert.equal(client.state, 'open');
    }
  });

  it('does not become stale because of a throttled timer while ticks arrive', () => {
    const { timeline, device, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(5 * SECOND);
    device.throttleMillis = 60 * SECOND;
    timeline.advance(600 * SECOND);
    assert.deepEqual(viewer.stateNames, ['connecting', 'open']);
    assert.equal(client.reconnects, 0);
  });
});

describe('a tick', () => {
  it('is emitted once and counted if it arrives twice, and emitted as late if a later one came first', () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(3 * SECOND);
    service.isSilent = true;
    const last = viewer.ticks.at(-1)?.sequence ?? 0;
    const send = (sequence: number) => {
      service.sendToAll(
        formatMessage({ type: 'tick', sequence, time: '', sentAt: timeline.nowMillis, intervalMillis: 1_000 }),
      );
      timeline.advance(20);
    };
    send(last);
    send(last + 3);
    assert.equal(client.missed, 2);
    send(last + 2);

    assert.equal(client.missed, 1);
    assert.equal(client.doubled, 1);
    assert.deepEqual(
      viewer.ticks.slice(-2).map(({ sequence, isLate }) => [sequence - last, isLate]),
      [
        [3, false],
        [2, true],
      ],
    );
  });

  it('is emitted after the server’s clock was set back an hour, but not if it is only an hour late', () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(5 * SECOND);
    const send = (millis: number) => service.sendToAll(tickFormatter(sequenceAt(millis, SECOND), SECOND)(millis));
    for (let late = 0; late < 5; late++) {
      send(timeline.nowMillis - 3_600 * SECOND + late);
      timeline.advance(SECOND);
    }
    assert.ok(isConsecutive(viewer.ticks));

    service.isSilent = true;
    for (let tick = 0; tick < 10; tick++) {
      send(timeline.nowMillis - 3_600 * SECOND);
      timeline.advance(SECOND);
    }
    assert.equal(client.state, 'open');
    assert.ok(isConsecutive(viewer.ticks.slice(-8)));
    assert.equal(client.missed, 0);
  });

  it('may arrive as text, ArrayBuffer, view or Blob', async () => {
    const { timeline, service, client, viewer } = makeWorld();
    client.connect();
    timeline.advance(0.1 * SECOND);
    service.isSilent = true;
    const text = (sequence: number) =>
      formatMessage({ type: 'tick', sequence, time: 'ü', sentAt: timeline.nowMillis, intervalMillis: 1_000 });
    const [socket] = service.sockets;
    const bytes = (sequence: number) => new TextEncoder().encode(text(sequence));
    for (const data of [text(1), bytes(2).buffer, bytes(3), new Blob([bytes(4)]), 'garbage']) {
      socket?.onmessage?.({ data });
    }
    await new Promise((resolve) => setTimeout(resolve, 20));

    assert.deepEqual(viewer.sequences, [1, 2, 3, 4]);
    assert.deepEqual(viewer.texts, ['garbage']);
    assert.ok(viewer.ticks.every(({ time }) => time === 'ü'));
  });
});

describe('an invalid argument', () => {
  const make = (options: object) => () => new ClockClient('ws://localhost/websocket', options);

  it('is refused', () => {
    const { client } = makeWorld();
    for (const code of [1001, 999, 2999, 5000, 3000.5, Number.NaN]) {
      assert.throws(() => client.close(code), {
        name: 'RangeError',
        message: /must be 1000 or from 3000 to 4999, got/,
      });
    }
    assert.throws(() => client.close(1000, 'ü'.repeat(62)), /at most 123 bytes of UTF-8, got 124/);
    assert.throws(() => client.close(1000, '\u{1f600}'.repeat(31)), /got 124/);
    client.close(4999, 'ü'.repeat(61));
    assert.throws(() => client.send('x'), /cannot send while the state is "closed"/);
    assert.throws(make({ renewAfterMillis: [2, 1] }), RangeError);
    assert.throws(make({ reconnectWindowMillis: 0 }), /reconnectWindowMillis must be above 0, got 0/);
  });
});
