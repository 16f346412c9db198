// The roster of a runner, on simulated time.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Connection, makeConnection, partitionOf } from '../../../lambdas/domain/connection.ts';
import { type Layout, partitionsOf } from '../../../lambdas/domain/layout.ts';
import type { ConnectionStore, Listing } from '../../../lambdas/domain/ports.ts';
import { Roster } from '../../../lambdas/domain/roster.ts';
import { makeMemoryConnectionStore, silentLog } from '../../support/memory-stores.ts';
import { SimulatedClock } from '../../support/simulated-clock.ts';

const START = 1_763_861_880_000;

interface Options {
  readonly connections?: ConnectionStore;
  readonly shards?: number;
  readonly maxPerAddress?: number;
}

function prepare({ connections = makeMemoryConnectionStore(), shards = 1, maxPerAddress }: Options = {}) {
  const clock = new SimulatedClock(START);
  const layout: Layout = { shards, sinceMillis: START };
  const roster = new Roster(layout, partitionsOf(0, shards), { clock, connections, log: silentLog }, maxPerAddress);
  return { clock, connections, roster, layout };
}

function row(connectionId: string, address?: string): Connection {
  return makeConnection(connectionId, START - 60_000, { address });
}

function ids({ connections }: Roster): string[] | undefined {
  return connections?.map(({ connectionId }) => connectionId);
}

describe('a roster', () => {
  it('is undefined and stale before the first read', () => {
    const { roster } = prepare();

    assert.deepEqual([roster.connections, roster.arrivals, roster.isStale(0)], [undefined, -1, true]);
    assert.deepEqual([roster.census, roster.isSuperseded], [undefined, false]);
  });

  it('is stale if the count of arrivals has changed or if it is older than 30 s', async () => {
    const { roster, clock } = prepare();
    await roster.read(7);

    assert.deepEqual(
      [6, 7, 8].map((arrivals) => roster.isStale(arrivals)),
      [true, false, true],
    );
    await clock.advanceTo(START + 30_000);
    assert.equal(roster.isStale(7), false);
    await clock.advanceTo(START + 30_001);
    assert.equal(roster.isStale(7), true);
  });

  it('is as old as the time since its read started', async () => {
    const stores = makeMemoryConnectionStore();
    const list: ConnectionStore['list'] = async (...args) => {
      await clock.sleepUntil(START + 5_000);
      return stores.list(...args);
    };
    const { roster, clock } = prepare({ connections: { ...stores, list } });
    const read = roster.read(0);
    await clock.advanceTo(START + 30_001);
    await read;

    assert.equal(roster.isStale(0), true);
  });

  it('keeps its connections and count if a read fails', async () => {
    const stores = makeMemoryConnectionStore();
    let isDown = false;
    const list: ConnectionStore['list'] = (...args) =>
      isDown ? Promise.reject(new Error('throttled')) : stores.list(...args);
    const { roster } = prepare({ connections: { ...stores, list } });
    await stores.put(row('a'));
    assert.equal(await roster.read(1), true);
    await stores.put(row('b'));
    isDown = true;

    assert.equal(await roster.read(2), false);
    assert.deepEqual([ids(roster), roster.arrivals, roster.isStale(2)], [['a'], 1, true]);
  });

  it('ignores an earlier read that answers later', async () => {
    const answers: PromiseWithResolvers<Listing>[] = [];
    const list = () => {
      const answer = Promise.withResolvers<Listing>();
      answers.push(answer);
      return answer.promise;
    };
    const { roster } = prepare({ connections: { ...makeMemoryConnectionStore(), list } });
    const reads = [roster.read(1), roster.read(2)];
    answers[1]?.resolve({ connections: [row('a'), row('b')], layouts: new Map() });
    await reads[1];
    answers[0]?.resolve({ connections: [row('a')], layouts: new Map() });
    await reads[0];

    assert.deepEqual([ids(roster), roster.arrivals], [['a', 'b'], 2]);
  });

  it('does not contain removed connections until it is read again', async () => {
    const { roster, connections } = prepare();
    for (const id of ['a', 'b', 'c']) await connections.put(row(id));
    await roster.read(0);
    roster.remove([row('a'), row('c')]);
    assert.deepEqual([ids(roster), roster.isStale(0)], [['b'], false]);
    await roster.read(0);

    assert.deepEqual(ids(roster)?.length, 3);
  });

  it('contains and counts only as many connections of an address as the limit allows', async () => {
    const { roster, connections } = prepare({ maxPerAddress: 2 });
    for (const id of ['a', 'b', 'c']) await connections.put(row(id, '203.0.113.1'));
    await connections.put(row('d', '203.0.113.2'));
    await roster.read(9);
    assert.deepEqual(roster.census, { viewers: 3, arrivals: 9, crowdedAddresses: ['203.0.113.1'] });

    roster.remove([row('a')]);
    assert.deepEqual(roster.census, { viewers: 2, arrivals: 9, crowdedAddresses: [] });
  });
});

describe('a layout', () => {
  const earlier: Layout = { shards: 2, sinceMillis: START - 1_000 };
  const later: Layout = { shards: 2, sinceMillis: START + 1_000 };

  it('is replaced by the layout of the runner if it is earlier or missing', async () => {
    const { roster, connections } = prepare();
    await roster.read(0);
    assert.deepEqual([...roster.replacedLayouts], [0]);
    await connections.setLayout(partitionsOf(0, 2), earlier);
    await roster.read(0);
    assert.deepEqual([...roster.replacedLayouts].sort(), [0, 2]);
    roster.adoptLayout();

    assert.deepEqual([[...roster.replacedLayouts], roster.isSuperseded], [[], false]);
  });

  it('is not replaced if it is the same', async () => {
    const { roster, connections, layout } = prepare();
    await connections.setLayout(partitionsOf(0, 1), { ...layout, sinceMillis: START - 60_000 });
    await roster.read(0);

    assert.equal(roster.replacedLayouts.size, 0);
  });

  it('removes the connections of its partitions from the roster if it is later than the layout of the runner', async () => {
    const { roster, connections } = prepare();
    const all = Array.from({ length: 40 }, (_, viewer) => `viewer-${viewer}`);
    for (const id of all) await connections.put(row(id));
    await connections.setLayout(partitionsOf(1, 2), later);
    await roster.read(0);

    assert.deepEqual(
      ids(roster),
      all.filter((id) => partitionOf(id) % 2 === 0),
    );
    assert.deepEqual([roster.isSuperseded, [...roster.replacedLayouts]], [false, [0]]);
    roster.adoptLayout();
    assert.deepEqual([...roster.replacedLayouts], []);
    await connections.setLayout(partitionsOf(0, 2), later);
    await roster.read(0);
    assert.deepEqual([roster.isSuperseded, ids(roster)], [true, []]);
  });
});
