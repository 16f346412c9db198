// Compares docs/scale.md with the plans and with the simulation of the first row. test/scale plays all rows.

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

  it('has the plan for each number of viewers', () => {
    assert.ok(text.includes(NEEDS_HEAD + plans.map(needsRow).join('')));
  });

  it('has the results of the simulation', async () => {
    assert.ok(text.includes(FIGURES_HEAD));
    const [smallest] = plans;
    assert.ok(smallest !== undefined && text.includes(figuresRow(await simulate(smallest, 1))));
  });
});
