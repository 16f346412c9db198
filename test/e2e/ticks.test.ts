// The whole path of a tick on the local platform: scheduled function, table, signed posts, WebSockets.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CREDENTIALS, REGION, TABLE } from '../../local/deployment.ts';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { sequenceAt } from '../../protocol/tick.ts';
import { retryOnStalls } from '../support/stalls.ts';
import { isConsecutive, TestViewer } from '../support/test-viewer.ts';

describe('the clock with a new leader every two seconds', () => {
  let platform: LocalPlatform;
  const logs: string[] = [];
  before(async () => {
    // A schedule of two seconds, so that a new runner takes over every two seconds.
    platform = await startLocal({ schedulePeriodMillis: 2_000, output: (text) => logs.push(text) });
  });
  after(() => platform.dispose());

  it(
    'sends every viewer each second once, while leaders change and other viewers misbehave',
    retryOnStalls(async () => {
      logs.length = 0;
      const openMillis = Date.now();
      const viewers = await Promise.all(
        ['12', '12', 'Ünï', ''].map((id) => TestViewer.connect(`${platform.socketUrl}?id=${id}`)),
      );
      const connectedMillis = Date.now();

      const connect = () => TestViewer.connect(platform.socketUrl);
      const garbage = await connect();
      const huge = await connect();
      const binary = await connect();
      const gone = await connect();
      garbage.send('}{ <script> \u0000 \ud800');
      garbage.send('{"action":"sync","clientSentAt":"soon"}');
      huge.send('x'.repeat(200 * 1024));
      binary.socket.send(Buffer.from([0, 1, 2]));
      await garbage.waitForTicks(1);
      gone.terminate();
      const handOvers = () => logs.join('').match(/"exit":"another leads"/g)?.length ?? 0;
      for (let count = 10; count === 10 || handOvers() < 3; count++) {
        await Promise.all(viewers.map((viewer) => viewer.waitForTicks(count)));
      }
      const all = viewers.map(({ ticks }) => [...ticks]);

      for (const ticks of all) {
        assert.ok(isConsecutive(ticks), JSON.stringify(ticks));
        assert.ok(
          (ticks[0]?.sequence ?? 0) <= sequenceAt(connectedMillis, 1000) + 2,
          'the first tick is the next or the one after',
        );
        for (const { sequence, time, sentAt, arrivedAtMillis } of ticks) {
          assert.equal(Date.parse(time), sequence * 1000);
          assert.ok(sequence * 1000 <= sentAt && sentAt <= arrivedAtMillis && sequence * 1000 > openMillis);
        }
      }
      assert.equal((await huge.closed).code, 1009);
      assert.equal((await binary.closed).code, 1003);
      const { error } = JSON.parse(await garbage.text((text) => text.includes('error')));
      assert.equal(error, 'sync needs "clientSentAt", a finite number of milliseconds; got "soon"');
      assert.ok(isConsecutive(garbage.ticks));
    }),
  );

  it('logs connects, messages and disconnects with their reasons', async () => {
    const viewer = await TestViewer.connect(`${platform.socketUrl}?id=log-me`, [], {
      headers: { Cookie: 'session=secret' },
    });
    viewer.send('hello\n{"level":"ERROR"}');
    const { connectionId } = await viewer.message('received');
    await viewer.close(3001, 'had enough');
    const entries = async () =>
      logs
        .join('')
        .split('\n')
        .filter((line) => line.includes(connectionId))
        .map((line) => JSON.parse(line));
    while ((await entries()).length < 3) await sleep(20);

    const [connected, said, left] = await entries();
    assert.equal(connected.message, 'a viewer connected');
    assert.equal(connected.viewerId, 'log-me');
    assert.deepEqual(connected.cookies, ['session']);
    assert.equal(said.text, 'hello\n{"level":"ERROR"}');
    assert.deepEqual([left.closeCode, left.closeReason], [3001, 'had enough']);
    assert.ok(!logs.join('').includes('secret'));
  });
});

// Each test has its own platform, and waits more than it computes.
describe('the clock', { concurrency: 2 }, () => {
  it(
    'removes the row of a viewer that left without a close, and does not disturb the others',
    retryOnStalls(async (t) => {
      const platform = await startLocal({ faults: { lostDisconnects: 1 } });
      t.after(() => platform.dispose());
      const table = new DynamoDBClient({
        endpoint: platform.dynamoDbEndpoint,
        region: REGION,
        credentials: CREDENTIALS,
      });
      t.after(() => table.destroy());
      const rows = async () => {
        const { Items } = await table.send(new ScanCommand({ TableName: TABLE.TableName }));
        return Items?.filter((item) => item.connectedAtMillis !== undefined).map((item) => item.viewerId?.S);
      };
      const stays = await TestViewer.connect(`${platform.socketUrl}?id=stays`);
      const vanishes = await TestViewer.connect(`${platform.socketUrl}?id=vanishes`);
      await vanishes.message('tick');

      vanishes.terminate();
      assert.deepEqual((await rows())?.sort(), ['stays', 'vanishes']);
      // The row is kept for the first ten seconds, because a 410 can mean that $connect has not returned yet.
      for (let count = 2; ((await rows())?.length ?? 0) > 1; count++) await stays.waitForTicks(count);

      assert.deepEqual(await rows(), ['stays']);
      assert.ok(stays.ticks.length >= 9, `${stays.ticks.length}`);
      assert.ok(isConsecutive(stays.ticks));
    }),
  );

  it(
    'continues within eight seconds after its leader was killed, and sends no tick twice',
    retryOnStalls(async (t) => {
      const platform = await startLocal();
      t.after(() => platform.dispose());
      const viewer = await TestViewer.connect(platform.socketUrl);
      await viewer.waitForTicks(3);

      assert.equal(await platform.crash('broadcast'), true);
      const ticks = await viewer.waitForTicks(viewer.ticks.length + 3);

      const steps = ticks.slice(1).map(({ sequence }, index) => sequence - (ticks[index]?.sequence ?? 0));
      assert.ok(
        steps.every((step) => step >= 1 && step <= 9),
        steps.join(' '),
      );
    }),
  );

  it('is idle without viewers, and a new viewer gets a tick within two seconds', async (t) => {
    const logs: string[] = [];
    const platform = await startLocal({ output: (text) => logs.push(text) });
    t.after(() => platform.dispose());
    const lines = (message: string) =>
      logs
        .join('')
        .split('\n')
        .filter((line) => line.includes(`"${message}"`));
    const rests = () => lines('a runner left').filter((line) => line.includes('"exit":"empty"')).length;
    while (rests() < 1) await sleep(20);
    // These metrics allow an alarm to distinguish an idle clock from a failed one.
    assert.match(lines('_aws')[0] ?? '', /"service":"broadcast".*"shard":"0","Viewers":0,"TicksSent":0}$/);

    for (const visit of [2, 3]) {
      const viewer = await TestViewer.connect(platform.socketUrl);
      const openedMillis = Date.now();
      const [tick] = await viewer.waitForTicks(1);
      // Plus the cold start of a function on a busy machine.
      assert.ok((tick?.arrivedAtMillis ?? 0) - openedMillis < 4_000);
      await viewer.close(1000, '');
      while (rests() < visit) await sleep(20);
    }

    const triggers = lines('a runner arrived').map((line) => JSON.parse(line).trigger);
    const wakes = triggers.filter(({ reason }) => reason === 'wake');
    assert.equal(triggers.filter(({ reason }) => reason === 'schedule').length, 1);
    assert.equal(new Set(wakes.map(({ message }) => message.sentBy)).size, 2, 'each visitor wakes a runner');
  });

  it('refuses a viewer above maxViewers with 429 and logs the reason', async (t) => {
    const logs: string[] = [];
    const platform = await startLocal({ maxViewers: 3, maxViewersPerAddress: 2, output: (text) => logs.push(text) });
    t.after(() => platform.dispose());
    const [first] = await Promise.all([1, 2].map(() => TestViewer.connect(platform.socketUrl)));
    // From the second tick on, the leader has counted both viewers.
    await first?.waitForTicks(3);

    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl), 429);

    assert.match(logs.join(''), /"refused a viewer".*"statusCode":429,"reason":"address 127.0.0.1 holds as many/);
  });

  it('writes the id of the request into each line of a handler', async (t) => {
    const logs: string[] = [];
    const platform = await startLocal({ maxViewers: 1, output: (text) => logs.push(text) });
    t.after(() => platform.dispose());
    const viewer = await TestViewer.connect(platform.socketUrl);
    await viewer.waitForTicks(2);
    viewer.send('hello');
    await viewer.message('received');
    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl), 429);
    await viewer.close();
    while (!logs.join('').includes('a viewer disconnected')) await sleep(20);

    const lines = logs
      .join('')
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const services = new Set(lines.map(({ service }) => service));
    for (const service of ['connect', 'message', 'disconnect', 'broadcast']) assert.ok(services.has(service), service);
    const idsOf = (message: string) => lines.filter((line) => line.message === message).map((line) => line.requestId);
    for (const line of lines) assert.match(line.requestId, /^[0-9a-f-]{36}$/, JSON.stringify(line));
    assert.notEqual(idsOf('a viewer connected')[0], idsOf('refused a viewer')[0]);
  });

  it('refuses a handshake without an origin if one is required', async (t) => {
    const platform = await startLocal({ isOriginRequired: true });
    t.after(() => platform.dispose());
    const { origin } = new URL(platform.siteUrl);

    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl), 403);
    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl, { origin: 'https://evil.example' }), 403);
    assert.equal(await TestViewer.handshakeStatus(platform.socketUrl, { origin }), 101);
  });

  it(
    'sends every viewer each second once, also in shards',
    retryOnStalls(async (t) => {
      const platform = await startLocal({ shards: 4 });
      t.after(() => platform.dispose());
      const viewers = await Promise.all(Array.from({ length: 24 }, () => TestViewer.connect(platform.socketUrl)));

      await Promise.all(viewers.map((viewer) => viewer.waitForTicks(4)));

      for (const { ticks } of viewers) assert.ok(isConsecutive(ticks), JSON.stringify(ticks));
    }),
  );
});
