// A cell is killed while a real browser shows its page. test/scale does the same with a thousand clients.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCellProcesses } from '../support/cell-processes.ts';
import { LOST_CONNECTION, record, TestPages, utcMillis, waitForCount } from '../support/test-pages.ts';
import { TestViewer } from '../support/test-viewer.ts';

const SECOND = 1_000;

describe('a page whose cell is killed', () => {
  let pages: TestPages;
  before(async () => {
    pages = await TestPages.start();
  });
  after(() => pages?.dispose());

  it('shows every second, and is stale for at most four', async (t) => {
    const [first, second] = await startCellProcesses(t, 2);
    // Keeps the other cell active. A cell without viewers stops its ticks, and its restart would add to the time that
    // is measured here.
    const viewer = await TestViewer.connect(second?.socketUrl ?? '');
    await viewer.waitForTicks(2);
    const page = await pages.open(t, first?.siteUrl ?? '', { allowed: LOST_CONNECTION });
    await waitForCount(page, 'ticks', 3);
    const recorded = await record(page, 'utc', 'ticks');
    await sleep(2 * SECOND + Math.random() * SECOND);
    await first?.kill();
    const killedAtMillis = Date.now();
    await sleep(SECOND);
    await waitForCount(page, 'ticks', Number(await page.locator('#ticks').textContent()) + 3);

    const { changes, stallMillis } = await recorded();
    const momentsOf = (wanted: string) => changes.filter(({ id }) => id === wanted);
    const ticks = momentsOf('ticks');
    const gaps = ticks.slice(1).map(({ atMillis }, n) => atMillis - (ticks[n]?.atMillis ?? 0));
    // A tick is due one second after the last one.
    const staleMillis = Math.max(...gaps) - SECOND;
    t.diagnostic(`stale for ${staleMillis} ms; the machine stalled for ${Math.round(stallMillis)} ms`);
    assert.ok(staleMillis <= 4 * SECOND + stallMillis, `${gaps}`);
    assert.ok(ticks.some(({ atMillis }) => atMillis > killedAtMillis + SECOND));

    const seconds = momentsOf('utc').map(({ text }) => utcMillis(text) / SECOND);
    assert.deepEqual(
      seconds,
      seconds.map((_, n) => (seconds[0] ?? 0) + n),
    );
    for (const { text, atMillis } of momentsOf('utc')) {
      const offMillis = atMillis - utcMillis(text);
      assert.ok(Math.abs(offMillis) < 200 + stallMillis, `${text} was shown ${offMillis} ms after its second`);
    }
  });
});
