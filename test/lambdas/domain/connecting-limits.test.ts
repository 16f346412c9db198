// The limits of `$connect`, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SimulatedWorld } from '../../support/simulated-world.ts';
import { connect, rows, START } from './connecting-viewers.ts';

describe('the limits', () => {
  it('refuse viewers beyond the maximum, leave no row, and admit others when a viewer has left', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 2 });
    await connect(world, 'a');
    await connect(world, 'b');
    await world.clock.advanceTo(START + 5_300);

    assert.equal(await connect(world, 'c'), 429);
    assert.deepEqual(await rows(world), ['a', 'b']);
    await world.clock.advanceTo(START + 11_300);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 14_300);
    assert.equal(await connect(world, 'd'), 101);
  });

  it('refuse connections of an address that has reached its limit', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewersPerAddress: 2 });
    for (const id of ['a', 'b']) await connect(world, id, { address: '203.0.113.1' });
    await world.clock.advanceTo(START + 5_300);

    assert.equal(await connect(world, 'c', { address: '203.0.113.1' }), 429);
    assert.equal(await connect(world, 'd', { address: '203.0.113.2' }), 101);
    assert.deepEqual(await rows(world), ['a', 'b', 'd']);
  });

  it('leave places to others when one address requests all of them at once, at any interval', async () => {
    for (const intervalMillis of [1_000, 60_000]) {
      const world = new SimulatedWorld({
        startMillis: START,
        maxViewers: 100,
        maxViewersPerAddress: 10,
        intervalMillis,
      });
      world.invoke();
      const all = Array.from({ length: 100 }, (_, index) => world.connect(`idle-${index}`, { address: '203.0.113.1' }));
      await world.clock.advanceTo(START + 2 * intervalMillis + 3_000);
      assert.deepEqual(new Set(await Promise.all(all)), new Set([101]));

      assert.equal(await connect(world, 'more', { address: '203.0.113.1' }), 429);
      assert.equal(await connect(world, 'other', { address: '203.0.113.2' }), 101);
      const before = world.deliveries.length;
      await world.clock.advanceTo(world.clock.now() + 2 * intervalMillis);
      const served = new Set(world.deliveries.slice(before).map(({ connectionId }) => connectionId));
      assert.equal(served.size, 11);
    }
  });

  it('count an IPv6 network of one host as one address', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewersPerAddress: 2 });
    for (const host of ['1', '2']) await connect(world, host, { address: `2001:db8:0:7::${host}` });
    await world.clock.advanceTo(START + 5_300);

    assert.equal(await connect(world, '3', { address: '2001:db8:0:7::3' }), 429);
    assert.equal(await connect(world, '4', { address: '2001:db8:0:8::3' }), 101);
  });

  it('refuse no viewer because of an outdated census', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 1 });
    await connect(world, 'a');
    await world.clock.advanceTo(START + 5_300);
    for (const runner of world.living) runner.kill();
    await world.disconnect('a');
    await world.clock.advanceTo(START + 6_900);

    assert.equal(await connect(world, 'b'), 101);
  });

  it('hold exactly for viewers who connect at once', async () => {
    for (const intervalMillis of [1_000, 60_000]) {
      const world = new SimulatedWorld({ startMillis: START, maxViewers: 5, intervalMillis });
      await connect(world, 'first');
      await world.clock.advanceTo(START + 61_000);
      const all = Array.from({ length: 20 }, (_, index) => world.connect(`viewer-${index}`));
      await world.clock.advanceTo(START + 62_000);

      const admitted = (await Promise.all(all)).filter((status) => status === 101);
      assert.equal(admitted.length, 4, `at ${intervalMillis} ms`);
    }
  });

  it('hold exactly in a shard that was empty, before the first claim', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 5, intervalMillis: 60_000 });
    world.invoke();
    await world.clock.advanceTo(START + 61_000);
    assert.equal((await world.relay().read()).isEmpty, true);
    const all = Array.from({ length: 20 }, (_, index) => world.connect(`viewer-${index}`));
    await world.clock.advanceTo(START + 70_000);

    assert.equal((await Promise.all(all)).filter((status) => status === 101).length, 5);
  });

  it('cause no roster read for a viewer who is refused', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 1 });
    await connect(world, 'a');
    await world.clock.advanceTo(START + 5_300);
    const before = world.calls.list;
    for (let visit = 0; visit < 10; visit++) assert.equal(await connect(world, `visit-${visit}`), 429);
    await world.clock.advanceTo(START + 9_300);

    assert.equal(world.calls.list, before);
  });

  it('hold exactly in a shard that has never had a runner', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 5 });
    const all = Array.from({ length: 20 }, (_, index) => world.connect(`viewer-${index}`));
    await world.clock.advanceTo(START + 1_000);

    assert.equal((await Promise.all(all)).filter((status) => status === 101).length, 5);
  });

  it('hold exactly for viewers who connect and leave while a runner counts them', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 10 });
    await connect(world, 'first');
    let refused = 0;
    for (let visit = 0; visit < 200; visit++) {
      const status = world.connect(`viewer-${visit}`);
      await world.clock.advanceTo(world.clock.now() + (visit % 7) * 40);
      if (visit % 3 === 0) await world.disconnect(`viewer-${visit - 5}`);
      status.then((code) => {
        if (code === 429) refused++;
      });
      const there = [...world.viewers.keys()].filter((id) => world.isConnected(id));
      assert.ok(there.length <= 10, `${there.length} after ${visit} visits`);
    }
    assert.ok(refused > 0 && refused < 190, `${refused}`);
  });

  it('are divided between the shards', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewers: 10, shards: 4 });
    for (let shard = 0; shard < 4; shard++) world.invoke({ shard });
    await world.clock.advanceTo(START + 5_000);
    const all = Array.from({ length: 100 }, (_, index) => world.connect(`viewer-${index}`));
    await world.clock.advanceTo(START + 6_000);

    const admitted = (await Promise.all(all)).filter((status) => status === 101);
    assert.equal(admitted.length, 12, 'ten divided by four is three');
  });

  it('admit an address again when one of its connections has closed', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewersPerAddress: 2 });
    for (const id of ['a', 'b', 'other']) {
      await connect(world, id, { address: id === 'other' ? '203.0.113.2' : '203.0.113.1' });
    }
    await world.clock.advanceTo(START + 12_300);
    assert.equal(await connect(world, 'c', { address: '203.0.113.1' }), 429);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 15_300);

    assert.equal(await connect(world, 'd', { address: '203.0.113.1' }), 101);
  });

  it('refuse no address that held many connections before the shard was empty', async () => {
    const world = new SimulatedWorld({ startMillis: START, maxViewersPerAddress: 1 });
    await connect(world, 'a', { address: '203.0.113.1' });
    await world.clock.advanceTo(START + 12_300);
    await world.disconnect('a');
    await world.clock.advanceTo(START + 15_300);
    assert.equal((await world.relay().read()).isEmpty, true);

    assert.equal(await connect(world, 'b', { address: '203.0.113.1' }), 101);
  });
});
