// The synthesized functions of the clock on AWS's Lambda runtime client, with all places taken, for a minute of ticks.
// `.ci/on-lambda-runtime` runs it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isConsecutive, type TestViewer } from '../support/test-viewer.ts';
import { prepareRuntimeStage, type RuntimeStage } from './stage.ts';

const VIEWERS = 100;

/** Time until the deadline of the run. It is shorter than on AWS, so that the run ends without a successor. */
const RUN_MILLIS = 66_000;

const TICKS = 60;

/** Time in which a runner that did not stop would send three ticks. */
const SILENCE_MILLIS = 3_000;

describe("the clock's functions on the runtime client of AWS", () => {
  let stage: RuntimeStage;
  const viewers: TestViewer[] = [];
  before(async () => {
    // Throws if a function does not load.
    stage = await prepareRuntimeStage({ maxViewers: VIEWERS });
  });
  after(() => stage[Symbol.asyncDispose]());

  it('admit as many viewers as there are places, and remove the row of one that leaves', async () => {
    const { connect, disconnect } = stage.environments;
    for (let count = 0; count < VIEWERS; count++) {
      const { status, viewer } = await stage.connect();
      assert.ok(status === 101 && viewer !== undefined, `${status}: ${connect.lines.at(-1)}`);
      viewers.push(viewer);
    }

    await viewers.pop()?.close(1000, 'done');

    while (!disconnect.records.some(({ closeCode }) => closeCode === 1000)) await sleep(10);
  });

  it('answer a message', async () => {
    const [viewer = assert.fail()] = viewers;
    viewer.send(JSON.stringify({ action: 'sync', clientSentAt: 1 }));

    assert.equal((await viewer.message('sync')).clientSentAt, 1);
  });

  it('send a minute of ticks, return in time, and post nothing after that', async (t) => {
    const { broadcast } = stage.environments;
    const event = await stage.nextWake();
    const startedMillis = Date.now();

    const outcome = await broadcast.invoke(event, RUN_MILLIS);

    const returnedMillis = Date.now();
    assert.deepEqual(outcome, { kind: 'returned', value: null }, broadcast.lines.join('\n'));
    assert.ok(returnedMillis - startedMillis < RUN_MILLIS, `it took ${returnedMillis - startedMillis} ms`);
    for (const { ticks } of viewers) {
      assert.ok(ticks.length >= TICKS && isConsecutive(ticks), `${ticks.length} ticks`);
    }
    await sleep(SILENCE_MILLIS);
    const late = stage.postedAtMillis.filter((millis) => millis > returnedMillis);
    assert.deepEqual(late, []);
    const posts = stage.postedAtMillis.length;
    t.diagnostic(
      `${viewers[0]?.ticks.length} ticks, ${posts} posts, ${returnedMillis - startedMillis} of ${RUN_MILLIS} ms`,
    );
  });

  it('write the id of the request into each line', () => {
    for (const { records } of Object.values(stage.environments)) {
      for (const record of records) assert.equal(typeof record.requestId, 'string', JSON.stringify(record));
    }
  });

  it('need less than their memory', (t) => {
    for (const [name, { fn, peakMegabytes }] of Object.entries(stage.environments)) {
      t.diagnostic(`${name}: ${peakMegabytes ?? 'unknown'} of ${fn.memoryMegabytes} MB at its peak`);
      if (peakMegabytes !== undefined) assert.ok(peakMegabytes < fn.memoryMegabytes, name);
    }
  });

  it('are all functions of the stack, together with the one that uploads the page', () => {
    const names = Object.values(stage.environments).map(({ fn }) => fn.name.slice(0, -8));
    // The tests of that function are in upload.runtime.ts.
    assert.deepEqual([...names, 'SitePageUpload'].sort(), [...stage.deployment.functionNames].sort());
  });
});
