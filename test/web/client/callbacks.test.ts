// Callbacks and exceptions of platforms that violate their types. Each may cost one frame or one attempt.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ClockClient } from '../../../web/src/client/client.ts';
import type { Socket } from '../../../web/src/client/ports.ts';
import { makeWorld } from '../../support/simulated-viewer.ts';

const SECOND = 1_000;

/** A client whose sockets can be changed, or whose creation can fail. */
function makeClient(change: (socket: Socket, count: number) => Socket | undefined) {
  const { timeline, service, device } = makeWorld();
  const sockets: Socket[] = [];
  const openSocket = () => {
    const socket = service.connect(device, { upMillis: () => 10, downMillis: () => 10 });
    sockets.push(socket);
    return change(socket, sockets.length) ?? socket;
  };
  const client = new ClockClient('ws://localhost/websocket', { ports: { ...device.ports, openSocket } });
  const reasons: string[] = [];
  client.on('disconnect', ({ reason }) => reasons.push(reason));
  return { timeline, service, device, client, sockets, reasons };
}

describe('the client', () => {
  it('retries when a later socket cannot be created', () => {
    const { timeline, service, client, reasons } = makeClient((_, count) => {
      if (count === 2) throw new Error('out of sockets');
      return undefined;
    });
    client.connect();
    timeline.advance(5 * SECOND);

    service.cutAll();
    timeline.advance(20 * SECOND);

    assert.equal(client.state, 'open');
    assert.deepEqual(reasons, ['', 'out of sockets']);
  });

  it('keeps its connection when the replacement cannot be created', () => {
    const { timeline, client } = makeClient((_, count) => {
      if (count === 2) throw new Error('out of sockets');
      return undefined;
    });
    client.connect();

    timeline.advance(120 * 60 * SECOND);

    assert.equal(client.state, 'open');
    assert.equal(client.missed, 0);
    assert.equal(client.renewals, 1);
  });

  it('reconnects after the back/forward cache although the first socket cannot be created', () => {
    const { timeline, device, client } = makeClient((_, count) => {
      if (count === 2) throw new Error('out of sockets');
      return undefined;
    });
    client.connect();
    timeline.advance(5 * SECOND);

    device.report('left');
    device.report('returned');
    timeline.advance(20 * SECOND);

    assert.equal(client.state, 'open');
  });

  it('drops a frame that cannot be read or has no data', async () => {
    const { timeline, client, sockets } = makeClient(() => undefined);
    client.connect();
    timeline.advance(5 * SECOND);
    const [socket] = sockets;

    socket?.onmessage?.({ data: { text: () => Promise.reject(new Error('unreadable')) } });
    socket?.onmessage?.({ data: undefined });
    socket?.onmessage?.({ data: { text: 'no function' } });
    socket?.onmessage?.(undefined);
    // An unhandled rejection would fail this test.
    await new Promise((resolve) => setImmediate(resolve));
    timeline.advance(5 * SECOND);

    assert.equal(client.state, 'open');
    assert.equal(client.missed, 0);
  });

  it('ignores a second open event', () => {
    const { timeline, client, sockets } = makeClient(() => undefined);
    client.connect();
    timeline.advance(5 * SECOND);

    sockets[0]?.onopen?.(undefined);
    timeline.advance(20 * SECOND);

    assert.equal(client.renewals, 0);
    assert.equal(sockets.length, 1);
  });

  it('resets its offline state when it connects again', () => {
    const { timeline, service, device, client } = makeClient(() => undefined);
    client.connect();
    timeline.advance(5 * SECOND);
    device.report('offline');
    client.close();
    client.connect();
    timeline.advance(5 * SECOND);

    const before = service.handshakes.length;
    service.cutAll();
    timeline.advance(3 * SECOND);

    assert.equal(service.handshakes.length, before + 1);
  });

  it('counts a socket that a port does not return as one failed attempt', () => {
    const { timeline, service, device } = makeWorld();
    let count = 0;
    const openSocket = () => {
      const socket = service.connect(device, { upMillis: () => 10, downMillis: () => 10 });
      return ++count === 2 ? (undefined as unknown as Socket) : socket;
    };
    const client = new ClockClient('ws://localhost/websocket', { ports: { ...device.ports, openSocket } });
    client.connect();
    timeline.advance(5 * SECOND);
    service.cutAll();
    timeline.advance(30 * SECOND);

    assert.equal(client.state, 'open');
    assert.equal(client.reconnects, 1);
  });

  it('uses the default for a port or an option that is undefined', () => {
    const ports = { openSocket: undefined, monotonicMillis: undefined, watchPage: undefined };
    const client = new ClockClient('ws://localhost:1/websocket', {
      ports,
      intervalMillis: undefined,
      renewAfterMillis: undefined,
    });
    client.connect();
    assert.equal(client.state, 'connecting');
    client.close();
  });

  it('treats a close without an event as a lost connection, once', () => {
    const { timeline, client, sockets, reasons } = makeClient(() => undefined);
    client.connect();
    timeline.advance(5 * SECOND);
    const [socket] = sockets;

    socket?.onclose?.(undefined);
    socket?.onclose?.(undefined);
    socket?.onopen?.(undefined);
    timeline.advance(20 * SECOND);

    assert.equal(client.state, 'open');
    assert.deepEqual(reasons, ['']);
  });

  it('stays closed after any later events of the page', () => {
    const { timeline, service, device, client } = makeClient(() => undefined);
    let report = (_: 'left' | 'returned') => {};
    const watchPage = (callback: typeof report) => {
      report = callback;
      return () => {};
    };
    const own = new ClockClient('ws://localhost/websocket', {
      ports: {
        ...device.ports,
        openSocket: () => service.connect(device, { upMillis: () => 1, downMillis: () => 1 }),
        watchPage,
      },
    });
    own.connect();
    timeline.advance(5 * SECOND);
    own.close();

    report('left');
    report('returned');

    assert.equal(own.state, 'closed');
    assert.equal(client.state, 'closed');
  });
});
