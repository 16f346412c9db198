// Plays every row of the tables in docs/scale.md. test/simulation/scale.test.ts plays only the first one.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { runCommand } from '../support/command.ts';

it('docs/scale.md has the tables that npm run simulate prints', async () => {
  const text = await readFile(new URL('../../docs/scale.md', import.meta.url), 'utf8');
  const { code, stdout, stderr } = await runCommand('simulate', ['--table']);
  assert.equal(code, 0, stderr);
  const tables = stdout.split(/\n{2,}/).filter((part) => part.startsWith('|'));
  assert.equal(tables.length, 2);
  for (const table of tables) assert.ok(text.includes(table.trim()), table);
});
