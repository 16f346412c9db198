// The tables of docs/scale.md are what the command prints.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { quotaOf } from '../../lib/quotas.ts';
import { DEFAULT_BROADCAST_MEMORY } from '../../protocol/limits.ts';
import { planFor, tableDemands } from './plan.ts';
import { FIGURES_HEAD, figuresRow, NEEDS_HEAD, needsRow } from './report.ts';
import { simulate } from './simulate.ts';

const demand = { viewers: 0, intervalSeconds: 1, memorySize: DEFAULT_BROADCAST_MEMORY, quota: quotaOf('') };

describe('docs/scale.md', async () => {
  const text = await readFile(new URL('../../docs/scale.md', import.meta.url), 'utf8');
  const plans = tableDemands(demand).map((each) => planFor(each));

  it('says what so many viewers need', () => {
    assert.ok(text.includes(NEEDS_HEAD + plans.map(needsRow).join('')));
  });

  it('has the simulation’s figures', async () => {
    assert.ok(text.includes(FIGURES_HEAD));
    const played = plans.filter(({ viewers, intervalSeconds }) => viewers <= 100_000 && intervalSeconds === 1);
    assert.equal(played.length, 2);
    for (const plan of played) assert.ok(text.includes(figuresRow(await simulate(plan, 1))));
  });
});
