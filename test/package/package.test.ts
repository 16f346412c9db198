// The package as other projects get it: packed by npm, unpacked in another project, and imported there.
// `.ci/with-consumers` has the tests that need a registry.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { PROJECT } from '../../commands/build/sources.ts';
import { apiPage } from '../../commands/package/api-page.ts';
import { packPackage } from '../support/packed.ts';

const MAX_CLIENT_GZIP_BYTES = 6 * 1024;
const MAX_PACKED_BYTES = 1_000_000;
const MAX_UNPACKED_BYTES = 4_000_000;

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

/** Prints the path of each function's staged code, which contains the hash of its content. */
const APP = `const app = new App();
const stack = new TickcastStack(app, 'Tickcast', { maxViewers: 500 });
stack.clock.allowOrigin('https://www.example');
const { Resources } = app.synth().getStackByName('Tickcast').template;
const keys = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function')
  .map(({ Properties }) => Properties.Code.S3Key);
console.log(keys.sort().join());
`;

describe('the package', () => {
  const project = mkdtempSync(join(tmpdir(), 'tickcast-package-'));
  const installed = join(project, 'node_modules/tickcast');
  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: project, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  let tarball: string;
  before(async () => {
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
    for (const peer of ['aws-cdk-lib', 'constructs']) {
      symlinkSync(join(PROJECT, 'node_modules', peer), join(project, 'node_modules', peer));
    }
    tarball = await packPackage(project);
    run('tar', '-xzf', tarball, '-C', installed, '--strip-components=1');
  });
  after(() => rmSync(project, { recursive: true }));

  it('has three entry points, their declarations, the functions and the page, and no other files', () => {
    const files = filesIn(installed).map((path) => relative(installed, path));
    const entries = ['client', 'element', 'cdk'].flatMap((entry) =>
      ['js', 'js.map', 'd.ts'].map((ending) => `${entry}/index.${ending}`),
    );
    const frameworks = ['preact', 'react', 'solid', 'svelte', 'vue'];
    const isPage = (path: string) => path.startsWith('dist/functions/page-upload/page/');

    assert.deepEqual(
      files.filter((path) => !isPage(path)).sort(),
      [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...entries],
        ...['cdk/index.cjs', 'cdk/index.cjs.map', 'cdk/index.d.cts', 'element/attributes.d.ts'],
        ...['element/tick-cast-clock.d.ts', 'dist/functions/package.json'],
        ...frameworks.flatMap((framework) => [`element/${framework}.js`, `element/${framework}.d.ts`]),
        ...['broadcast', 'connect', 'disconnect', 'message', 'page-upload'].flatMap((name) => [
          `dist/functions/${name}/index.js`,
          `dist/functions/${name}/index.js.map`,
        ]),
      ].sort(),
    );
    const page = filesIn(join(PROJECT, 'dist/page')).map((path) => relative(join(PROJECT, 'dist/page'), path));
    assert.deepEqual(files.filter(isPage).sort(), page.map((path) => `dist/functions/page-upload/page/${path}`).sort());
  });

  it('has less than 1 MB packed, 4 MB unpacked, and a client of less than 6 KB', (t) => {
    const bytes = {
      packed: statSync(tarball).size,
      unpacked: filesIn(installed).reduce((sum, path) => sum + statSync(path).size, 0),
      client: gzipSync(readFileSync(join(installed, 'client/index.js')), { level: 9 }).length,
    };
    t.diagnostic(JSON.stringify(bytes));
    assert.ok(bytes.packed < MAX_PACKED_BYTES && bytes.unpacked < MAX_UNPACKED_BYTES, JSON.stringify(bytes));
    assert.ok(bytes.client < MAX_CLIENT_GZIP_BYTES, `${bytes.client} bytes`);
  });

  it('has no dependencies, and has the version of the repository', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const own = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));

    assert.equal(manifest.version, own.version);
    for (const key of ['private', 'dependencies', 'devDependencies', 'optionalDependencies', 'bin', 'scripts']) {
      assert.equal(manifest[key], undefined, key);
    }
    assert.equal(own.private, true);
    const peers = Object.keys(manifest.peerDependencies);
    assert.deepEqual(peers, ['aws-cdk-lib', 'constructs']);
    assert.ok(peers.every((peer) => manifest.peerDependenciesMeta[peer].optional));
  });

  it('has a change log whose newest version is its own or unreleased', () => {
    const { version } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
    const [newest, released] = [
      ...readFileSync(join(PROJECT, 'CHANGELOG.md'), 'utf8').matchAll(/^## \[?([\w.]+)/gm),
    ].map(([, name]) => name);
    assert.equal(newest === 'Unreleased' ? (released ?? version) : newest, version);
  });

  it('has no side effects when it is imported, and contains no other package', () => {
    writeFileSync(
      join(project, 'import.mjs'),
      // The CDK defines one global.
      `await import('aws-cdk-lib');
       const before = JSON.stringify([process.env, Object.keys(globalThis)]);
       await import('tickcast/cdk');
       await import('tickcast/client');
       await import('tickcast/element');
       console.log(before === JSON.stringify([process.env, Object.keys(globalThis)]));`,
    );
    assert.equal(run(process.execPath, 'import.mjs'), 'true\n');
    for (const entry of ['client', 'element', 'cdk']) {
      const { sources } = JSON.parse(readFileSync(join(installed, entry, 'index.js.map'), 'utf8'));
      assert.deepEqual(
        sources.filter((source: string) => source.includes('node_modules')),
        [],
      );
    }
    assert.match(readFileSync(join(installed, 'element/index.js'), 'utf8'), /from"\.\.\/client\/index\.js"/);
  });

  it('has the exports that docs/api.md lists', async () => {
    const page = readFileSync(join(PROJECT, 'docs/api.md'), 'utf8');
    assert.ok(page === (await apiPage()), 'docs/api.md is out of date: run npm run api');
  });

  it('works as a client in a JavaScript program, and does not keep it running', () => {
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
    it(`works as a client in a TypeScript program without the DOM, module ${module}`, () => {
      writeFileSync(join(project, 'main.ts'), PROGRAM);
      const options = ['--strict', '--noEmit', '--lib', 'es2022', '--types', '', '--module', module];
      const resolution = ['--moduleResolution', module === 'nodenext' ? module : 'bundler'];

      run(process.execPath, join(PROJECT, 'node_modules/typescript/bin/tsc'), ...options, ...resolution, 'main.ts');
    });
  }

  for (const [file, imports] of [
    ['app.mjs', "import { App } from 'aws-cdk-lib';\nimport { TickcastStack } from 'tickcast/cdk';\n"],
    ['app.cjs', "const { App } = require('aws-cdk-lib');\nconst { TickcastStack } = require('tickcast/cdk');\n"],
  ] as const) {
    it(`synthesizes the functions of the repository’s stack, ${file}`, () => {
      writeFileSync(join(project, file), imports + APP);
      const own = `import { App } from 'aws-cdk-lib';
        import { TickcastStack } from '${join(PROJECT, 'lib/tickcast-stack.ts')}';\n${APP}`;
      writeFileSync(join(project, 'own.mjs'), own);

      const keys = run(process.execPath, file);
      assert.match(keys, /^([0-9a-f]{64}\.zip,?){5}\n$/);
      assert.equal(keys, run(process.execPath, 'own.mjs'));
    });
  }
});

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
}
