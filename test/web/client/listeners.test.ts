// Listeners that act on the client while it emits an event.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatMessage } from '../../../protocol/messages.ts';
import type { ClockEvents } from '../../../web/src/client/client.ts';
import { makeWorld } from '../../support/simulated-viewer.ts';

const SECOND = 1_000;
const TYPES = ['tick', 'state', 'disconnect', 'message', 'text'] as const;

describe('a listener', () => {
  it('registered twice stays registered once when one of the two is unsubscribed', () => {
    const { timeline, client } = makeWorld();
    let calls = 0;
    const listener = () => {
      calls++;
    };
    const unsubscribe = client.on('tick', listener);
    client.on('tick', listener);
    client.connect();
    timeline.advance(3 * SECOND);
    assert.equal(calls, 2 * client.received);

    unsubscribe();
    unsubscribe();
    const before = { calls, received: client.received };
    timeline.advance(3 * SECOND);
    assert.equal(calls - before.calls, client.received - before.received);
  });

  it('removed during the dispatch of an event does not receive it', () => {
    const { timeline, client } = makeWorld();
    const received: string[] = [];
    client.on('state', () => unsubscribe());
    const unsubscribe = client.on('state', (state) => received.push(state));
    client.connect();
    timeline.advance(3 * SECOND);

    assert.deepEqual(received, []);
  });

  it('added during the dispatch of an event receives the next one', () => {
    const { timeline, client } = makeWorld();
    const received: string[] = [];
    const unsubscribe = client.on('state', () => {
      unsubscribe();
      client.on('state', (state) => received.push(state));
    });
    client.connect();
    timeline.advance(3 * SECOND);

    assert.deepEqual(received, ['open']);
  });

  it('never receives a state other than the current one', () => {
    const { timeline, client } = makeWorld();
    client.on('state', (state) => state === 'open' && client.close());
    const received: string[] = [];
    client.on('state', (state) => {
      assert.equal(state, client.state);
      received.push(state);
    });
    client.connect();
    timeline.advance(3 * SECOND);

    assert.deepEqual(received, ['connecting', 'closed']);
  });
});

/** Causes an event of each type. */
const CAUSES: Readonly<Record<string, (world: ReturnType<typeof makeWorld>) => void>> = {
  tick: ({ timeline }) => timeline.advance(2 * SECOND),
  text: ({ service }) => service.sendToAll('{"message": "Forbidden"}'),
  received: ({ service }) =>
    service.sendToAll(formatMessage({ type: 'received', connectionId: 'c', receivedAt: 1, bytes: 1 })),
  'closing, with a code to return': ({ service }) =>
    service.sendToAll(formatMessage({ type: 'closing', code: 1001, reason: '' })),
  'closing, with a final code': ({ service }) =>
    service.sendToAll(formatMessage({ type: 'closing', code: 4003, reason: '' })),
  'a lost connection': ({ service }) => service.cutAll(),
  'a final close code': ({ service }) => service.cutAll(4003),
  'a page that was left': ({ device }) => device.report('left'),
  'missing ticks': ({ service, timeline }) => {
    service.isSilent = true;
    timeline.advance(5 * SECOND);
    service.isSilent = false;
  },
};

describe('close() and connect() in a listener', () => {
  for (const [name, cause] of Object.entries(CAUSES)) {
    for (const type of TYPES) {
      it(`start a session without effects of the old one: ${type} after ${name}`, () => {
        const world = makeWorld();
        const { timeline, service, client } = world;
        const afterRestart: string[] = [];
        let restartedAtMillis: number | undefined;
        let reconnects = 0;
        client.connect();
        timeline.advance(5 * SECOND + 500);

        client.on(type, () => {
          if (restartedAtMillis !== undefined) return;
          restartedAtMillis = timeline.nowMillis;
          reconnects = client.reconnects;
          client.close();
          client.connect();
        });
        for (const other of TYPES) {
          client.on(other, (event: ClockEvents[typeof other]) => {
            if (restartedAtMillis === timeline.nowMillis) afterRestart.push(`${other} ${JSON.stringify(event)}`);
          });
        }
        cause(world);
        timeline.advance(SECOND / 2);
        if (restartedAtMillis === undefined) return;

        assert.deepEqual(
          afterRestart.filter((event) => event !== 'state "closed"' && event !== 'state "connecting"'),
          [],
          'events of the old session',
        );
        timeline.advance(10 * SECOND);
        assert.equal(client.state, 'open');
        assert.equal(service.sockets.size, 1);
        assert.equal(client.reconnects, reconnects);
        assert.equal(client.renewals, 0);
      });
    }
  }
});

describe('close() and connect() outside of listeners', () => {
  it('count neither as missed ticks nor as a reconnect', () => {
    const { timeline, client } = makeWorld();
    client.connect();
    timeline.advance(10 * SECOND);
    const { received } = client;
    client.close();
    timeline.advance(30 * SECOND);
    client.connect();
    timeline.advance(10 * SECOND);

    assert.ok(client.received >= received + 9, `${client.received} after ${received}`);
    assert.equal(client.missed, 0);
    assert.equal(client.reconnects, 0);
  });

  it('do not hide ticks that are missed later', () => {
    const { timeline, service, client } = makeWorld();
    client.connect();
    timeline.advance(10 * SECOND);
    client.close();
    client.connect();
    timeline.advance(3 * SECOND);
    service.isSilent = true;
    timeline.advance(2 * SECOND);
    service.isSilent = false;
    timeline.advance(3 * SECOND);
    service.cutAll();
    timeline.advance(10 * SECOND);

    assert.ok(client.missed >= 2, `${client.missed}`);
    assert.equal(client.reconnects, 1);
  });

  it('emit no tick twice within the same interval', () => {
    const { timeline, client, viewer } = makeWorld({ server: { intervalMillis: 10 * SECOND } });
    client.connect();
    timeline.advance(25 * SECOND);
    client.close();
    client.connect();
    timeline.advance(25 * SECOND);

    assert.deepEqual(viewer.sequences, [...new Set(viewer.sequences)]);
    assert.equal(client.missed, 0);
  });

  it('differ from the back/forward cache, which counts missed ticks and a reconnect', () => {
    const { timeline, device, client } = makeWorld();
    client.connect();
    timeline.advance(10 * SECOND);
    device.report('left');
    timeline.advance(30 * SECOND);
    device.report('returned');
    timeline.advance(10 * SECOND);

    assert.equal(client.state, 'open');
    assert.ok(client.missed >= 29, `${client.missed}`);
    assert.equal(client.reconnects, 1);
  });
});
