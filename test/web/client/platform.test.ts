// The client on Node's own WebSocket, against the real local platform with its limits shortened.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { WebSocket as WsWebSocket } from 'ws';
import { type LocalPlatform, startLocal } from '../../../local/start-local.ts';
import {
  ClockClient,
  type ClockEvents,
  type ClockOptions,
  type ClockState,
  type ClockTick,
} from '../../../web/src/client/index.ts';
import { retryOnStalls } from '../../support/stalls.ts';
import { isConsecutive } from '../../support/test-viewer.ts';

describe('the client on the local platform', { concurrency: true }, () => {
  let platform: LocalPlatform;
  before(async () => {
    platform = await startLocal({ limits: { connectionMillis: 8_000 }, maxViewers: 50 });
  });
  after(() => platform.dispose());

  it(
    'goes through ten "two-hour" cuts without a tick lost or doubled',
    retryOnStalls(async (t) => {
      const { client, ticks, states } = watch(platform.socketUrl, { renewAfterMillis: [500, 1_500] });
      t.after(() => client.close());
      client.connect();
      while (client.renewals < 10) await next(client, 'tick');
      await next(client, 'tick');

      assert.ok(isConsecutive(ticks), JSON.stringify(ticks));
      assert.deepEqual([client.missed, client.doubled, client.reconnects], [0, 0, 0]);
      assert.deepEqual(states, ['connecting', 'open']);
    }),
  );

  it('has the time of this machine, where the server runs, within its error bound', async (t) => {
    const { client } = watch(platform.socketUrl, {});
    t.after(() => client.close());
    client.connect();
    while (client.errorBound === Infinity) await next(client, 'tick');

    const error = (client.now() ?? 0) - Date.now();
    assert.ok(Math.abs(error) <= client.errorBound + 1, `${error} ± ${client.errorBound}`);
    assert.ok((client.roundTrip ?? Infinity) < 1_000 && client.errorBound < 1_000);
    assert.ok(Math.abs(client.offset ?? Infinity) <= client.errorBound + 2);
  });

  it('reconnects after an unexpected close, also with the package ws', async (t) => {
    const openSocket = (url: string) => new WsWebSocket(url);
    const { client, ticks, states } = watch(platform.socketUrl, { reconnectWindowMillis: 500, ports: { openSocket } });
    t.after(() => client.close());
    client.connect();
    const cut = await next(client, 'disconnect');
    while (client.reconnects < 1) await next(client, 'state');
    await next(client, 'tick');

    assert.equal(cut.isFinal, false);
    assert.deepEqual(states, ['connecting', 'open', 'reconnecting', 'open']);
    assert.ok(client.missed <= 2 && client.doubled === 0, `${client.missed} missed of ${ticks.length}`);
  });
});

describe('the client whose server', { concurrency: true }, () => {
  it(
    'shuts down gets a notice, and reconnects when the server is back',
    retryOnStalls(async (t) => {
      const platform = await startLocal();
      const port = Number(new URL(platform.siteUrl).port);
      const { client, states } = watch(platform.socketUrl, { reconnectWindowMillis: 300 });
      t.after(() => client.close());
      const messages: string[] = [];
      client.on('message', (message) => messages.push(message.type));
      client.connect();
      await next(client, 'tick');

      const gone = next(client, 'disconnect');
      await platform.dispose();
      assert.deepEqual(await gone, { code: 1001, reason: 'the server is shutting down', isFinal: false });
      assert.deepEqual(messages, ['closing']);
      assert.equal((await next(client, 'disconnect')).code, 1006);
      const again = await startLocal({ port });
      t.after(() => again.dispose());
      await next(client, 'tick');

      assert.deepEqual(states, ['connecting', 'open', 'reconnecting', 'open']);
    }),
  );

  it('has no free place retries until there is one', async (t) => {
    const platform = await startLocal({ maxViewersPerAddress: 1 });
    t.after(() => platform.dispose());
    const first = watch(platform.socketUrl, {}).client;
    first.connect();
    for (let count = 0; count < 3; count++) await next(first, 'tick');
    const { client, states } = watch(platform.socketUrl, { reconnectWindowMillis: 300 });
    t.after(() => client.close());
    client.connect();
    assert.deepEqual(await next(client, 'disconnect'), { code: 1006, reason: '', isFinal: false });
    first.close();
    await next(client, 'tick');

    assert.deepEqual(states, ['connecting', 'reconnecting', 'open']);
  });

  it('refuses it retries with growing delays', async (t) => {
    const platform = await startLocal({ isOriginRequired: true });
    t.after(() => platform.dispose());
    const { client } = watch(platform.socketUrl, { reconnectWindowMillis: 50 });
    t.after(() => client.close());
    client.connect();
    for (let refusal = 0; refusal < 3; refusal++) assert.equal((await next(client, 'disconnect')).code, 1006);

    assert.equal(client.state, 'reconnecting');
    client.close();
    assert.equal(client.state, 'closed');
  });
});

function watch(url: string, options: ClockOptions) {
  const client = new ClockClient(`${url}?id=client`, options);
  const ticks: ClockTick[] = [];
  const states: ClockState[] = [];
  client.on('tick', (tick) => ticks.push(tick));
  client.on('state', (state) => states.push(state));
  return { client, ticks, states };
}

function next<Type extends keyof ClockEvents>(client: ClockClient, type: Type): Promise<ClockEvents[Type]> {
  return new Promise((resolve) => {
    const end = client.on(type, (event) => {
      end();
      resolve(event);
    });
  });
}
