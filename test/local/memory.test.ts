// The amount of garbage that threads of `npm start` can have before V8 collects it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const MAX_YOUNG_BYTES = 24 * 2 ** 20;

/** Creates objects, some of which stay for a while, in the main thread and in a worker. Prints the sizes of the young
 *  generations. */
const MAKE_GARBAGE = `
  const { Worker, isMainThread } = require('node:worker_threads');
  const { getHeapSpaceStatistics } = require('node:v8');
  const window = [];
  for (let count = 0; count < 2_000_000; count++) window[count % 100_000] = { count };
  console.log(getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size);
  if (isMainThread) new Worker(__filename);
`;

describe('npm start', () => {
  it('limits the young generation of each thread', async (t) => {
    const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    const flags = scripts.start.match(/ --[a-z-]+=\d+/g).map((flag: string) => flag.trim());
    const folder = await mkdtemp(join(tmpdir(), 'tickcast-memory-'));
    t.after(() => rm(folder, { recursive: true }));
    const program = join(folder, 'garbage.cjs');
    await writeFile(program, MAKE_GARBAGE);

    const { stdout } = await promisify(execFile)(process.execPath, [...flags, program]);

    const sizes = stdout.trim().split('\n').map(Number);
    assert.equal(sizes.length, 2);
    for (const bytes of sizes) assert.ok(bytes > 0 && bytes <= MAX_YOUNG_BYTES, `${bytes} bytes`);
  });
});
