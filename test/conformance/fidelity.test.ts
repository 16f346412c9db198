// Compares docs/fidelity.md with the tests: each documented or recorded behaviour must have a case.

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BEHAVIOURS } from './suite.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const OF_THE_GATEWAY = /^(API Gateway|The @connections API)/;

interface Row {
  readonly section: string;
  readonly says: string;
  readonly grade: string;
  readonly ours: string;
  readonly tests: readonly string[];
}

function readRows(): Row[] {
  const rows: Row[] = [];
  let section = '';
  for (const line of readFileSync(`${PROJECT}docs/fidelity.md`, 'utf8').split('\n')) {
    if (line.startsWith('## ')) section = line.slice('## '.length);
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length !== 7 || cells[1] === 'Behaviour' || cells[1]?.startsWith('---')) continue;
    const [, says = '', , grade = '', ours = '', tests = ''] = cells;
    rows.push({ section, says, grade, ours, tests: tests.split(', ').filter((test) => test !== '') });
  }
  return rows;
}

const rows = readRows();
const sourced = rows.filter(({ grade }) => /\b[DR]\b/.test(grade));
const ofTheGateway = sourced.filter(({ section }) => OF_THE_GATEWAY.test(section));

describe('the table of fidelity', () => {
  it('has rows of every section', () => {
    assert.ok(ofTheGateway.length > 30 && sourced.length > ofTheGateway.length + 10);
  });

  it('has a case for each documented or recorded behaviour of the gateway', () => {
    const cases = new Set(BEHAVIOURS.map(({ says }) => says));

    assert.deepEqual(
      ofTheGateway
        .filter(({ says, tests }) => !cases.has(says) || !tests.includes('conformance'))
        .map(({ says }) => says),
      [],
    );
  });

  it('has a row for each case', () => {
    const known = new Set(rows.map(({ says }) => says));

    assert.deepEqual(
      BEHAVIOURS.filter(({ says }) => !known.has(says)).map(({ says }) => says),
      [],
    );
  });

  it('names a test for each other documented or recorded behaviour, unless it is not emulated', () => {
    const untested = sourced.filter(({ tests, ours }) => tests.length === 0 && !ours.includes('not imposed'));

    assert.deepEqual(
      untested.map(({ says }) => says),
      [],
    );
  });

  it('names only existing tests', () => {
    const files = globSync('{test/**/*.test.ts,test/conformance/*,test/runtime/*.runtime.ts}', { cwd: PROJECT }).map(
      (file) => basename(file, '.test.ts'),
    );
    const known = new Set(['conformance', ...files]);

    const unknown = rows.flatMap(({ tests }) => tests).filter((test) => !known.has(test));
    assert.deepEqual(unknown, []);
  });
});
