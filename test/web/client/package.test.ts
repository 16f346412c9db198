// The client as others get it: packed by npm, unpacked in a project of its own, imported there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const MAX_GZIP_BYTES = 6 * 1024;

const PROGRAM = `import { ClockClient, type ClockState, type ClockTick } from 'tickcast/client';

const client = new ClockClient({ href: 'ws://127.0.0.1:9/websocket' });
const states: ClockState[] = [];
const end: () => void = client.on('state', (state) => states.push(state));
client.on('tick', ({ sequence, isLate }: ClockTick) => [sequence.toFixed(), isLate satisfies boolean]);
const now: number | undefined = client.now();
const bound: number = client.errorBound;
client.close(1000, String([now, bound, client.state]));
end();
// @ts-expect-error: there is no such event
client.on('tock', () => {});
`;

describe('the packed client', () => {
  const project = mkdtempSync(join(tmpdir(), 'tickcast-consumer-'));
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  before(() => {
    const installed = join(project, 'node_modules/tickcast');
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    execFileSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: ROOT, stdio: 'pipe' });
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    run('tar', '-xzf', `tickcast-${version}.tgz`, '-C', installed, '--strip-components=1');
  });
  after(() => rmSync(project, { recursive: true }));

  it('has less than 6 KB, minified and compressed', () => {
    const { length } = gzipSync(readFileSync(join(project, 'node_modules/tickcast/dist/client/index.js')));

    assert.ok(length < MAX_GZIP_BYTES, `${length} bytes`);
  });

  it('is imported by a program in JavaScript, and lets it end', () => {
    writeFileSync(
      join(project, 'main.js'),
      `import { ClockClient } from 'tickcast/client';
       const client = new ClockClient('ws://127.0.0.1:9/websocket');
       client.on('disconnect', ({ code }) => {
         console.log(code, client.state, client.now(), client.errorBound);
         client.close();
       });
       client.connect();`,
    );

    assert.equal(run(process.execPath, 'main.js'), '1006 reconnecting undefined Infinity\n');
  });

  for (const module of ['nodenext', 'esnext']) {
    it(`is imported by a program in TypeScript without the DOM, module ${module}`, () => {
      writeFileSync(join(project, 'main.ts'), PROGRAM);
      const options = ['--strict', '--noEmit', '--lib', 'es2022', '--types', '', '--module', module];
      const resolution = ['--moduleResolution', module === 'nodenext' ? module : 'bundler'];

      run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...options, ...resolution, 'main.ts');
    });
  }
});
