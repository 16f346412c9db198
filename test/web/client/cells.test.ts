// A client of several cells: independent stacks that send the same ticks.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ClockClient, type ClockTick } from '../../../web/src/client/index.ts';
import { SimulatedDevice } from '../../support/simulated-device.ts';
import { SimulatedService } from '../../support/simulated-service.ts';
import { makeRandom, Timeline } from '../../support/timeline.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const RUNS = Number(process.env.RUNS ?? 200);

interface Cell {
  readonly service: SimulatedService;
  isFull: boolean;
}

function makeCells(count: number, { aheadMillis = [] as readonly number[], seed = 1 } = {}) {
  const random = makeRandom(seed);
  const timeline = new Timeline(1_763_861_880_300);
  const cells: Cell[] = Array.from({ length: count }, (_, n) => {
    const cell: Cell = {
      isFull: false,
      service: new SimulatedService({
        timeline,
        latenessMillis: () => 20 * random(),
        stampErrorMillis: () => aheadMillis[n] ?? 0,
        refuses: () => cell.isFull,
      }),
    };
    return cell;
  });
  const delayMillis = () => 5 + 10 * random();
  const device = new SimulatedDevice({
    timeline,
    random,
    openSocket: (device, url) => {
      const cell = cells[Number(url.at(-1))];
      if (cell === undefined) throw new SyntaxError(url);
      return cell.service.connect(device, { upMillis: delayMillis, downMillis: delayMillis });
    },
  });
  const urls = cells.map((_, n) => `ws://cell/${n}`);
  const client = new ClockClient(urls, { ports: device.ports });
  const ticks: (ClockTick & { readonly atMillis: number })[] = [];
  client.on('tick', (tick) => ticks.push({ ...tick, atMillis: timeline.nowMillis }));
  const viewersOf = (n: number) => cells[n]?.service.sockets.size ?? 0;
  return { timeline, cells, device, client, ticks, viewersOf, random };
}

type World = ReturnType<typeof makeCells>;

function assertNoGap({ ticks, client }: World): void {
  const sequences = ticks.map(({ sequence }) => sequence);
  const [first = 0] = sequences;
  assert.deepEqual(
    sequences,
    sequences.map((_, n) => first + n),
  );
  assert.equal(client.missed, 0);
  assert.equal(client.doubled, 0);
}

/** The message that a cell sends before it closes connections. 1001: shutdown. 1012: restart. 1013: overload. */
const notice = (code: number) => JSON.stringify({ type: 'closing', code, reason: 'maintenance' });

describe('a client of several cells', () => {
  it('has one connection, to its first cell, which it prefers', () => {
    const world = makeCells(3);
    world.client.connect();
    world.timeline.advance(90 * MINUTE);

    assert.deepEqual([0, 1, 2].map(world.viewersOf), [1, 0, 0]);
    assert.equal(world.cells[1]?.service.handshakes.length, 0);
    assertNoGap(world);
  });

  it('uses the next cell while the preferred one refuses it, and returns without a lost tick', () => {
    const world = makeCells(3);
    const [first, second] = world.cells as [Cell, Cell];
    first.isFull = true;
    second.isFull = true;
    world.client.connect();
    world.timeline.advance(30 * SECOND);
    assert.deepEqual([0, 1, 2].map(world.viewersOf), [0, 0, 1]);

    world.timeline.advance(10 * MINUTE);
    assert.ok(first.service.handshakes.length <= 6, `${first.service.handshakes.length} attempts at the full one`);
    assert.equal(second.service.handshakes.length, 1);
    first.isFull = false;
    world.timeline.advance(20 * MINUTE);

    assert.deepEqual([0, 1, 2].map(world.viewersOf), [1, 0, 0]);
    assert.equal(world.client.reconnects, 0);
    assertNoGap(world);
  });

  it('gets ticks again within 4 s after its cell is lost', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const world = makeCells(2, { seed });
      const [first] = world.cells as [Cell];
      world.client.connect();
      world.timeline.advance(20 * SECOND + 1_000 * world.random());
      first.isFull = true;
      first.service.isSilentToNew = true;
      first.service.cutAll(1006);
      world.timeline.advance(20 * SECOND);

      const gaps = world.ticks.slice(1).map(({ atMillis }, n) => atMillis - (world.ticks[n]?.atMillis ?? 0));
      assert.ok(Math.max(...gaps) <= 4 * SECOND, `${Math.max(...gaps)} ms without a tick, seed ${seed}`);
      assert.equal(world.client.state, 'open');
      assert.equal(world.viewersOf(1), 1);
    }
  });

  for (const code of [1012, 1013]) {
    it(`loses no tick and shows none twice over ten notices of ${code}`, () => {
      const world = makeCells(2);
      world.client.connect();
      world.timeline.advance(20 * SECOND);
      for (let change = 0; change < 10; change++) {
        const from = change % 2;
        const { service } = world.cells[from] as Cell;
        service.sendToAll(notice(code));
        world.timeline.advance(10 * SECOND);
        service.cutAll(1000);
        world.timeline.advance(10 * SECOND);
        assert.deepEqual([world.viewersOf(from), world.viewersOf(1 - from)], [0, 1], `change ${change}`);
      }
      assert.equal(world.client.reconnects, 0);
      assertNoGap(world);
    });
  }

  it('leaves a cell whose ticks have stopped, and returns to it when it works again', () => {
    const world = makeCells(2);
    const [first] = world.cells as [Cell];
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.service.isSilent = true;
    world.timeline.advance(MINUTE);
    assert.equal(world.client.state, 'open');
    assert.deepEqual([0, 1].map(world.viewersOf), [0, 1]);

    world.timeline.advance(10 * MINUTE);
    assert.equal(world.client.state, 'open');
    assert.deepEqual([0, 1].map(world.viewersOf), [0, 1], 'a cell without ticks is no cell to return to');
    first.service.isSilent = false;
    world.timeline.advance(30 * MINUTE);
    assert.deepEqual([0, 1].map(world.viewersOf), [1, 0]);
  });

  it('reconnects to the same cell when the gateway closes the connection because of its age', () => {
    const world = makeCells(2);
    const [first] = world.cells as [Cell];
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.service.cutAll(1001, 'Going away');
    world.timeline.advance(10 * SECOND);

    assert.deepEqual([0, 1].map(world.viewersOf), [1, 0]);
  });

  it('connects to the next cell immediately when its own cell gives notice of its shutdown', () => {
    const world = makeCells(2);
    const [first] = world.cells as [Cell];
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.service.sendToAll(notice(1001));
    first.isFull = true;
    first.service.cutAll(1001);
    world.timeline.advance(4 * SECOND);

    assert.deepEqual([0, 1].map(world.viewersOf), [0, 1]);
    assert.equal(first.service.handshakes.length, 1);
  });

  it('stays connected after a notice if it has only one cell', () => {
    const world = makeCells(1);
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    world.cells[0]?.service.sendToAll(notice(1012));
    world.timeline.advance(20 * SECOND);

    assert.equal(world.cells[0]?.service.handshakes.length, 1);
    assertNoGap(world);
  });

  it('leaves a cell whose ticks have stopped and that gives notice, although a late tick arrives', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const world = makeCells(2, { seed });
      const [first] = world.cells as [Cell];
      world.client.connect();
      world.timeline.advance(20 * SECOND);
      first.service.isSilent = true;
      while (world.client.state !== 'stale') world.timeline.advance(50);
      first.service.sendToAll(notice(1012));
      world.timeline.advance(50);
      first.service.isSilent = false;
      world.timeline.advance(20 * SECOND);

      assert.deepEqual([0, 1].map(world.viewersOf), [0, 1], `seed ${seed}`);
      assert.equal(first.service.handshakes.length, 1);
      assert.equal(world.client.reconnects, 0);
    }
  });

  it('stays with its cell if the preferred one gives notice during the return, before its first tick arrives', () => {
    const world = makeCells(2);
    const [first, second] = world.cells as [Cell, Cell];
    first.isFull = true;
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.isFull = false;
    first.service.isSilent = true;
    while (world.viewersOf(0) === 0) world.timeline.advance(SECOND);
    world.timeline.advance(SECOND);
    first.service.sendToAll(notice(1012));
    first.service.isSilent = false;
    world.timeline.advance(20 * SECOND);

    assert.deepEqual([0, 1].map(world.viewersOf), [0, 1]);
    assert.equal(second.service.handshakes.length, 1);
    assertNoGap(world);
    world.timeline.advance(10 * MINUTE);
    assert.deepEqual([0, 1].map(world.viewersOf), [1, 0]);
    assertNoGap(world);
  });

  it('changes to another cell if its own gives notice while a second connection to it opens', () => {
    const world = makeCells(2);
    const [first] = world.cells as [Cell];
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    while (first.service.handshakes.length === 1) world.timeline.advance(20);
    const [old] = first.service.sockets;
    old?.deliver(notice(1012));
    world.timeline.advance(10 * SECOND);
    first.service.cutAll(1000);
    world.timeline.advance(10 * SECOND);

    assert.deepEqual([0, 1].map(world.viewersOf), [0, 1]);
    assert.equal(first.service.handshakes.length, 2);
    assert.equal(world.client.reconnects, 0);
    assertNoGap(world);
  });

  it('after its cell has given notice and a return to the preferred one has failed, does not connect to it again', () => {
    const world = makeCells(3);
    const [first, second] = world.cells as [Cell, Cell];
    first.isFull = true;
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.isFull = false;
    first.service.isSilentToNew = true;
    const attempts = first.service.handshakes.length;
    while (first.service.handshakes.length === attempts) world.timeline.advance(SECOND);
    second.service.sendToAll(notice(1012));
    world.timeline.advance(2 * MINUTE);
    second.service.cutAll(1000);
    world.timeline.advance(10 * SECOND);

    assert.equal(second.service.handshakes.length, 1);
    assert.deepEqual([0, 1, 2].map(world.viewersOf), [0, 0, 1]);
    assertNoGap(world);
  });

  it('is not in the state "open" while ticks arrive only on the connection that it is leaving', () => {
    const world = makeCells(2);
    const [first, second] = world.cells as [Cell, Cell];
    world.client.connect();
    world.timeline.advance(20 * SECOND);
    first.service.sendToAll(notice(1012));
    while (world.client.renewals === 0) world.timeline.advance(50);
    second.isFull = true;
    second.service.cutAll(1006);
    world.timeline.advance(1_500);

    assert.equal(world.viewersOf(0), 1);
    assert.equal(world.client.state, 'reconnecting');
    assertNoGap(world);
  });

  it('refuses an empty list of URLs', () => {
    assert.throws(() => new ClockClient([]), new RangeError('there must be a URL, got none'));
  });

  const event = fc.record({
    afterMillis: fc.integer({ min: 0, max: 40_000 }),
    cell: fc.integer({ min: 0, max: 1 }),
    kind: fc.constantFrom('cut', 'full', 'not full', 'notice', 'silent', 'not silent'),
  });

  for (const [name, lead] of [
    ['2 ms', fc.double({ min: -2, max: 2, noNaN: true })],
    ['40 ms', fc.double({ min: -40, max: 40, noNaN: true })],
    ['5 s', fc.constantFrom(-5_000, 5_000)],
  ] as const) {
    it(`never has an error above its bound, for cells whose clocks differ by up to ${name}`, () => {
      let bounded = 0;
      fc.assert(
        fc.property(fc.integer(), lead, fc.array(event, { maxLength: 12 }), (seed, aheadMillis, events) => {
          const leads = [0, aheadMillis];
          const world = makeCells(2, { aheadMillis: leads, seed });
          const { timeline, client, cells, random } = world;
          client.connect();
          let shown = -Infinity;
          let heldBy = '';
          let heldSinceMillis = 0;
          const pass = (millis: number) => {
            const end = timeline.nowMillis + millis;
            while (timeline.nowMillis < end) {
              timeline.advance(500 * random());
              const now = client.now();
              if (now === undefined) continue;
              assert.ok(now >= shown, 'it never goes back');
              shown = now;
              const { errorBound } = client;
              if (errorBound < Infinity) bounded++;
              // During a change, the client may use the clock of the old or of the new cell.
              const holders = [0, 1].filter((n) => world.viewersOf(n) > 0);
              if (holders.join() !== heldBy) [heldBy, heldSinceMillis] = [holders.join(), timeline.nowMillis];
              const isSettled =
                client.state === 'open' && holders.length === 1 && timeline.nowMillis - heldSinceMillis > 500;
              const errors = (isSettled ? holders : [0, 1]).map((n) =>
                Math.abs(now - timeline.nowMillis - (leads[n] ?? 0)),
              );
              assert.ok(Math.min(...errors) <= errorBound + 1, `off by ${errors} ms, said ${errorBound}`);
            }
          };
          for (const { afterMillis, cell, kind } of events) {
            pass(afterMillis);
            heldBy = 'another';
            const { service } = cells[cell] as Cell;
            if (kind === 'cut') service.cutAll(1006);
            else if (kind === 'notice') service.sendToAll(notice(1012));
            else if (kind === 'silent' || kind === 'not silent') service.isSilent = kind === 'silent';
            else (cells[cell] as Cell).isFull = kind === 'full';
          }
          pass(60_000);
        }),
        { numRuns: RUNS / 2 },
      );
      assert.ok(bounded > RUNS, `${bounded} readings had a bound`);
    });
  }
});
