// The clock at an interval at which no runner stays between two ticks. A message starts the runner of each tick.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type LocalPlatform, startLocal } from '../../local/start-local.ts';
import type { Tick } from '../../protocol/messages.ts';
import { retryOnStalls } from '../support/stalls.ts';
import { isConsecutive, TestViewer } from '../support/test-viewer.ts';

const INTERVAL_SECONDS = 5;

describe('the clock whose runners sleep between ticks', () => {
  let platform: LocalPlatform;
  let viewer: TestViewer;
  let mayLose = false;
  let lost: string[] = [];
  const logs: string[] = [];
  before(async () => {
    platform = await startLocal({
      intervalSeconds: INTERVAL_SECONDS,
      output: (text) => logs.push(text),
      messageLateness(body) {
        if (!mayLose || JSON.parse(body).reason !== 'tick') return [0];
        mayLose = false;
        lost.push(body);
        return [];
      },
    });
    viewer = await TestViewer.connect(platform.socketUrl);
  });
  after(() => platform.dispose());

  it(
    'has a runner for each tick, which leaves after it',
    retryOnStalls(async () => {
      await viewer.waitForTicks(viewer.ticks.length + 1);
      logs.length = 0;
      const before = viewer.ticks.length;
      const ticks = (await viewer.waitForTicks(before + 2)).slice(before - 1);

      assert.ok(isConsecutive(ticks), JSON.stringify(ticks));
      const left = logs
        .join('')
        .split('\n')
        .filter((line) => line.includes('"a runner left"'))
        .map((line) => JSON.parse(line));
      assert.ok(left.some(({ exit }) => exit === 'tick done'));
      assert.ok(left.every(({ sent }) => sent <= 1));
    }),
  );

  it(
    'misses at most one tick when the queue loses the message that starts a runner',
    retryOnStalls(async () => {
      lost = [];
      const before = viewer.ticks.length;
      mayLose = true;
      const ticks = (await viewer.waitForTicks(before + 3)).slice(before - 1);

      assert.equal(lost.length, 1);
      const steps = ticks.slice(1).map((tick, index) => stepOf(ticks[index], tick));
      assert.ok(
        steps.every((step) => step === 1 || step === 2),
        steps.join(' '),
      );
      assert.ok(steps.filter((step) => step === 2).length <= 1, steps.join(' '));
    }),
  );
});

function stepOf(before: Tick | undefined, tick: Tick): number {
  return tick.sequence - (before?.sequence ?? 0);
}
