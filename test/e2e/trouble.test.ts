// The network between runners and gateway fails while viewers are connected: a TCP proxy before @connections.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import { FaultyProxy, type ProxyMode } from '../support/faulty-proxy.ts';
import { TestViewer } from '../support/test-viewer.ts';

const VIEWERS = 20;
const OUTAGE_MILLIS = 3_000;

/** Ticks that an outage of three seconds can cost, with those in flight at its start and its end. */
const MAX_MISSING = 5;

describe('the clock whose gateway is unreachable for three seconds', () => {
  let proxy: FaultyProxy;
  let platform: LocalPlatform;
  let viewers: TestViewer[];
  const logs: string[] = [];
  before(async () => {
    proxy = await FaultyProxy.start();
    platform = await startLocal({
      output: (text) => logs.push(text),
      via(service, endpoint) {
        if (service !== 'connections') return endpoint;
        proxy.target = endpoint;
        return proxy.endpoint + new URL(endpoint).pathname;
      },
    });
    viewers = await Promise.all(Array.from({ length: VIEWERS }, () => TestViewer.connect(platform.socketUrl)));
  });
  after(async () => {
    await platform.dispose();
    proxy.dispose();
  });

  for (const mode of ['resetting', 'refusing', 'hanging'] as const satisfies readonly ProxyMode[]) {
    it(`continues after the gateway was ${mode}, and loses no runner`, async () => {
      await Promise.all(viewers.map((viewer) => viewer.waitForTicks(viewer.ticks.length + 2)));
      const seen = viewers.map(({ ticks }) => ticks.length);

      await proxy.setMode(mode);
      await sleep(OUTAGE_MILLIS);
      await proxy.setMode('passing');
      await Promise.all(viewers.map((viewer) => viewer.waitForTicks(viewer.ticks.length + 3)));

      for (const [index, { ticks }] of viewers.entries()) {
        const watched = ticks.slice((seen[index] ?? 0) - 1);
        const sequences = watched.map(({ sequence }) => sequence);
        assert.equal(new Set(sequences).size, sequences.length, `twice in ${sequences}`);
        // Ticks that the network delayed may arrive late.
        const missing = Math.max(...sequences) - Math.min(...sequences) + 1 - sequences.length;
        assert.ok(missing <= MAX_MISSING, `${missing} of ${sequences}`);
        const gaps = watched.slice(1).map((tick, at) => tick.arrivedAtMillis - (watched[at]?.arrivedAtMillis ?? 0));
        assert.ok(Math.max(...gaps) > OUTAGE_MILLIS - 1_000, `no outage in ${gaps}`);
      }
      // The line of the runtime about a failed runner is not JSON.
      const died = logs
        .join('')
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('{'));
      assert.deepEqual(died, []);
    });
  }
});
