// Runs `npm run cost` as a user does.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { costTable } from '../../cost/report.ts';
import { runCommand } from '../support/command.ts';

const run = (...args: string[]) => runCommand('cost', args);

describe('npm run cost', () => {
  it('itemises a month', async () => {
    const { code, stdout } = await run('--viewers', '1', '--interval', '1');

    assert.equal(code, 0);
    assert.match(stdout, /^API Gateway +ticks +2,592,000 +\$2\.59$/m);
    assert.match(stdout, /^API Gateway +connection minutes +43,200 +\$0\.0108$/m);
    assert.match(stdout, /^Total +\$(\d+\.\d\d)\n\n\$\1 a month, \$\1 a viewer\.$/m);
    assert.match(stdout, /us-east-1, November 2026, before free tiers/);
  });

  it('prints the table of the README', async () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

    assert.ok(readme.includes(`\n\n${costTable()}\n`), 'npm run cost -- --table prints another table');
    assert.equal((await run('--table')).stdout, costTable());
  });

  for (const [args, complaint] of [
    [['--viewers', '0'], '--viewers must be a whole number from 1 to 1000000, got "0"'],
    [['--interval', '0.5'], '--interval must be a whole number of seconds from 1 to 60, got "0.5"'],
    [['--shards', '3'], '--shards must be one of 1, 2, 4, 8, 16, got "3"'],
    [['--region', 'x'], "Unknown option '--region'"],
  ] as const) {
    it(`refuses ${args.join(' ')} in one line`, async () => {
      const { code, stdout, stderr } = await run(...args);

      assert.deepEqual([code, stdout, stderr], [2, '', `cost: ${complaint} (see npm run cost -- --help)\n`]);
    });
  }
});
