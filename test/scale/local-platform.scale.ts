// The simulation against the real local platform: the same viewers, limits and loss, in real seconds with real clients.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { startLocal } from '../../local/start-local.ts';
import { sequenceAt } from '../../protocol/tick.ts';
import { ClockClient } from '../../web/src/client/index.ts';
import { Cell, type Phase } from '../simulation/cell.ts';
import { planFor } from '../simulation/plan.ts';

const AT_REST = 90;
const RETURNING = 60;
const NEW_CONNECTIONS_PER_SECOND = 8;
/** Of which four fifths are for ticks. */
const QUOTA = { requestsPerSecond: 125, burst: 62 };

/** The last ones wait for half a minute between two attempts. */
const MOST = 0.9 * RETURNING;

/** Refuses connections. */
const LOST_CELL = 'ws://127.0.0.1:9/websocket';

interface Figures {
  readonly missingAtRest: number;
  readonly missingDuringFailover: number;
  readonly handshakes: number;
  readonly p50Millis: number;
  readonly p90Millis: number;
}

/** How far the local figure may lie outside the range of the simulations, if the most of that range is given. The last
 *  viewers to return are few, and wait long. */
const SLACK: Record<keyof Figures, (most: number) => number> = {
  missingAtRest: () => 0.05,
  missingDuringFailover: () => 0.05,
  handshakes: (most) => 0.15 * most,
  p50Millis: (most) => 0.25 * most,
  p90Millis: (most) => 0.5 * most,
};

const demand = { viewers: 2 * AT_REST, intervalSeconds: 1, memorySize: 1_769, quota: QUOTA };

async function playSimulation(seed: number): Promise<Figures> {
  const plan = { ...planFor(demand, { cells: 2, shards: 1 }), places: AT_REST + RETURNING };
  const cell = new Cell(plan, seed, NEW_CONNECTIONS_PER_SECOND);
  const { atRest, duringFailover, recoveryMillis, returns } = await cell.play(AT_REST, RETURNING, 5, MOST);
  assert.ok(recoveryMillis.length >= MOST);
  return { ...missingOf(atRest, duringFailover), handshakes: returns.sent, ...recoveryOf(recoveryMillis) };
}

async function playLocally(): Promise<Figures> {
  await using platform = await startDisposable();
  const { url } = platform;
  const handshakes = new Map<ClockClient, number>();
  const seen = new Map<ClockClient, { readonly openedAtMillis: number; readonly sequences: Set<number> }>();
  const open = (urls: string[]) => {
    const client: ClockClient = new ClockClient(urls, {
      ports: {
        openSocket: (to) => {
          if (to === url) handshakes.set(client, (handshakes.get(client) ?? 0) + 1);
          return new WebSocket(to);
        },
      },
    });
    client.on('tick', ({ sequence }) => seen.get(client)?.sequences.add(sequence));
    client.on('state', (state) => {
      if (state === 'open' && !seen.has(client)) seen.set(client, { openedAtMillis: Date.now(), sequences: new Set() });
    });
    client.connect();
    return client;
  };
  /** Of the ticks of these seconds: copies that were due, and that arrived. */
  const phaseOf = (fromMillis: number, toMillis: number) => {
    const phase = { due: 0, accepted: 0 };
    for (let boundary = Math.ceil(fromMillis / 1000) * 1000; boundary <= toMillis - 1_000; boundary += 1_000) {
      for (const { openedAtMillis, sequences } of seen.values()) {
        if (openedAtMillis > boundary - 1_000) continue;
        phase.due++;
        if (sequences.has(sequenceAt(boundary, 1_000))) phase.accepted++;
      }
    }
    return phase;
  };

  const clients: ClockClient[] = [];
  try {
    // Within the rate of new connections, so that none has to try again.
    for (let n = 0; n < AT_REST; n++) {
      clients.push(open([url]));
      await sleep(1_000 / NEW_CONNECTIONS_PER_SECOND);
    }
    await sleep(3_000);
    const restingSinceMillis = Date.now();
    await sleep(6_000);
    const lostAtMillis = Date.now();
    const returning = Array.from({ length: RETURNING }, () => open([LOST_CELL, url]));
    clients.push(...returning);
    const recoveryMillis: number[] = [];
    for (const client of returning) {
      client.on('tick', () => {
        if (client.received === 1) recoveryMillis.push(Date.now() - lostAtMillis);
      });
    }
    while (recoveryMillis.length < MOST) {
      await sleep(100);
      assert.ok(Date.now() - lostAtMillis < 150_000, `${recoveryMillis.length} are back`);
    }
    return {
      ...missingOf(phaseOf(restingSinceMillis, lostAtMillis), phaseOf(lostAtMillis, Date.now())),
      handshakes: returning.reduce((sum, client) => sum + (handshakes.get(client) ?? 0), 0),
      ...recoveryOf(recoveryMillis.sort((a, b) => a - b)),
    };
  } finally {
    for (const client of clients) client.close();
  }
}

async function startDisposable() {
  const platform = await startLocal({
    postsPerSecond: 0.8 * QUOTA.requestsPerSecond,
    poolSize: 200,
    limits: {
      requestsPerSecond: QUOTA.requestsPerSecond,
      requestBurst: QUOTA.burst,
      newConnectionsPerSecond: NEW_CONNECTIONS_PER_SECOND,
    },
  });
  return { url: platform.socketUrl, [Symbol.asyncDispose]: () => platform.dispose() };
}

type Copies = Pick<Phase, 'due' | 'accepted'>;

function missingOf(atRest: Copies, duringFailover: Copies) {
  const share = ({ due, accepted }: Copies) => (due - accepted) / due;
  return { missingAtRest: share(atRest), missingDuringFailover: share(duringFailover) };
}

function recoveryOf(ascendingMillis: readonly number[]) {
  const after = (count: number) => ascendingMillis[count - 1] ?? Number.POSITIVE_INFINITY;
  return { p50Millis: after(RETURNING / 2), p90Millis: after(MOST) };
}

describe('a simulation of a lost cell', () => {
  it('has the figures of the local platform', async (t) => {
    const simulated: Figures[] = [];
    for (let seed = 1; seed <= 20; seed++) simulated.push(await playSimulation(seed));
    const local = await playLocally();

    for (const figure of Object.keys(local) as (keyof Figures)[]) {
      const values = simulated.map((figures) => figures[figure]);
      const [least, most] = [Math.min(...values), Math.max(...values)];
      t.diagnostic(`${figure}: locally ${local[figure]}, simulated ${least} to ${most}`);
      const slack = SLACK[figure](most);
      assert.ok(local[figure] >= least - slack && local[figure] <= most + slack, figure);
    }
  });
});
