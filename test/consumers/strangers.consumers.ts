// The package in new projects outside the repository: the packages that npm adds, compilers, bundlers and package
// linters, the lowest and highest versions of its peers, and the two examples.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeSite } from '../../local/site.ts';
import { startLocal } from '../../local/start-local.ts';
import { packPackage } from '../support/packed.ts';
import { TestPages } from '../support/test-pages.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(import.meta.dirname, 'node_modules');

const CDK_PROGRAM = `import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Site, TickcastClock, TickcastStack, type TickcastClockProps } from 'tickcast/cdk';

const app = new App();
const stack = new Stack(app, 'Own');
const props: TickcastClockProps = { maxViewers: 500, allowedOrigins: ['https://www.example'] };
const clock = new TickcastClock(stack, 'Clock', props);
const site = new Site(stack, 'Site', { clock });
clock.allowOrigin('https://shop.example');
clock.grantPost(new Role(stack, 'Poster', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
clock.metricTicksMissed().createAlarm(stack, 'Missed', { threshold: 1, evaluationPeriods: 1 });
new CfnOutput(stack, 'Socket', { value: site.socketUrl + clock.socketUrl });
const whole = new TickcastStack(app, 'Whole', { shards: 2 });
whole.clock.metricTicksMissed().createAlarm(whole, 'Missed', { threshold: 1, evaluationPeriods: 1 });
const assembly = app.synth();
console.log(assembly.stacks.map(({ stackName }) => stackName).join());
`;

const BROWSER_PROGRAM = `import { ClockClient, type ClockState, type ClockTick } from 'tickcast/client';
import { TickCastClock, type TickCastClockAttributes } from 'tickcast/element';

const client: ClockClient = new ClockClient('ws://127.0.0.1:9/websocket', { targetErrorBoundMillis: 100 });
client.on('tick', ({ sequence }: ClockTick) => sequence.toFixed());
const element: TickCastClock = document.createElement('tick-cast-clock');
export const clients: (ClockClient | undefined)[] = [client, element.client];
export const state: ClockState = client.state;
export const attributes: TickCastClockAttributes = { format: 'iso' };
`;

describe('the package in a new project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickcast-stranger-'));
  /** A project with the package and its peers. */
  const project = join(folder, 'project');
  let tarball: string;

  before(async () => {
    tarball = await packPackage(folder);
    await makeProject(project, {
      'aws-cdk-lib': join(ROOT, 'node_modules/aws-cdk-lib'),
      constructs: join(ROOT, 'node_modules/constructs'),
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('installs one package, and does not change the Node version of the project', async () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty);
    writeFileSync(join(empty, 'package.json'), '{ "scripts": { "version-of-node": "node --version" } }');
    const before = await run('npm', ['run', '--silent', 'version-of-node'], empty);

    assert.match(await run('npm', ['install', tarball, '--no-audit', '--no-fund'], empty), /added 1 package/);

    assert.equal(await run('npm', ['run', '--silent', 'version-of-node'], empty), before);
    assert.deepEqual(
      readdirSync(join(empty, 'node_modules')).filter((name) => !name.startsWith('.package')),
      ['tickcast'],
    );
  });

  for (const [compiler, path] of [
    ['TypeScript 5.9', join(MODULES, 'typescript-5/bin/tsc')],
    ['the newest TypeScript', join(ROOT, 'node_modules/typescript/bin/tsc')],
  ] as const) {
    for (const [module, resolution] of [
      ['node16', 'node16'],
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ] as const) {
      it(`has types for ${compiler}, module ${module}, as ES module and as CommonJS`, async () => {
        writeFileSync(join(project, 'browser.mts'), BROWSER_PROGRAM);
        for (const file of ['cdk.mts', ...(module === 'esnext' ? [] : ['cdk.cts'])])
          writeFileSync(join(project, file), CDK_PROGRAM);
        const files = module === 'esnext' ? ['browser.mts', 'cdk.mts'] : ['browser.mts', 'cdk.mts', 'cdk.cts'];
        const options = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--target', 'es2022', '--types', 'node'];
        const modules = ['--module', module, '--moduleResolution', resolution];
        await run(process.execPath, [path, ...options, ...modules, ...files], project);
      });
    }
  }

  for (const end of ['oldest', 'newest'] as const) {
    it(`synthesizes with the ${end} of its peers`, async () => {
      const own = join(folder, end);
      mkdirSync(own);
      writeFileSync(join(own, 'package.json'), '{}');
      const { peerDependencies } = JSON.parse(
        readFileSync(join(project, 'node_modules/tickcast/package.json'), 'utf8'),
      );
      const peers = Object.entries<string>(peerDependencies).map(
        ([peer, range]) => `${peer}@${end === 'oldest' ? range.replace('^', '') : range}`,
      );
      await run('npm', ['install', tarball, ...peers, '--no-audit', '--no-fund', '--loglevel=error'], own);
      for (const format of ['esm', 'cjs']) {
        const [file, out] = [`${format}.ts`, `app.${format === 'esm' ? 'mjs' : 'cjs'}`];
        writeFileSync(join(own, file), CDK_PROGRAM);
        const options = [`--format=${format}`, '--platform=node', `--outfile=${out}`, '--log-level=error'];
        await run(join(ROOT, 'node_modules/.bin/esbuild'), [file, ...options], own);
        assert.equal(await run(process.execPath, [out], own), 'Own,Whole\n');
      }
      mkdirSync(join(own, 'node_modules/@types'), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules/@types/node'), join(own, 'node_modules/@types/node'));
      const options = ['--strict', '--noEmit', '--skipLibCheck', 'false', '--target', 'es2022', '--types', 'node'];
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      await run(process.execPath, [tsc, ...options, '--module', 'nodenext', 'cjs.ts'], own);
    });
  }

  for (const bundler of ['webpack', 'Vite']) {
    it(`works as a client in a build of ${bundler}`, async () => {
      const platform = await startLocal();
      try {
        const own = join(folder, bundler);
        await makeProject(own, {});
        cpSync(join(import.meta.dirname, 'programs/client.js'), join(own, 'client.js'));
        const build = bundler === 'webpack' ? WEBPACK_BUILD : VITE_BUILD;
        writeFileSync(join(own, 'build.mjs'), build);
        await run(process.execPath, ['build.mjs'], own);
        const { sequences, state } = JSON.parse(
          await run(process.execPath, ['out/client.mjs', platform.socketUrl], own),
        );
        assert.ok(sequences[1] === sequences[0] + 1 && state === 'closed', JSON.stringify({ sequences, state }));
      } finally {
        await platform.dispose();
      }
    });
  }

  it('passes publint', async () => {
    await run(join(MODULES, '.bin/publint'), [join(project, 'node_modules/tickcast'), '--strict'], project);
  });

  it('passes arethetypeswrong', async () => {
    const attw = join(MODULES, '.bin/attw');
    await run(attw, [tarball, '--profile', 'node16', '--entrypoints', 'cdk', '--no-emoji'], folder);
    const others = [
      'client',
      'element',
      ...['react', 'preact', 'solid', 'svelte', 'vue'].map((name) => `element/${name}`),
    ];
    await run(attw, [tarball, '--profile', 'esm-only', '--entrypoints', ...others, '--no-emoji'], folder);
  });

  it('lets a default CDK app synthesize a clock', async (t) => {
    const app = join(folder, 'cdk-app');
    copyExample('cdk-app', app);
    await run('npm', ['install', tarball, '--no-audit', '--no-fund', '--loglevel=error'], app);

    const startMillis = performance.now();
    await run('npx', ['cdk', 'synth', '--quiet'], app);
    t.diagnostic(`npx cdk synth took ${Math.round(performance.now() - startMillis)} ms`);

    const template = JSON.parse(readFileSync(join(app, 'cdk.out/CdkAppStack.template.json'), 'utf8'));
    const types = Object.values<{ Type: string }>(template.Resources).map(({ Type }) => Type);
    assert.equal(types.filter((type) => type === 'AWS::Lambda::Function').length, 4);
    const assets = readdirSync(join(app, 'cdk.out')).filter((name) => name.startsWith('asset.'));
    assert.equal(assets.length, 4);
    const code = (path: string) => readFileSync(join(path, 'index.js'), 'utf8');
    assert.deepEqual(
      assets.map((name) => code(join(app, 'cdk.out', name))).sort(),
      ['broadcast', 'connect', 'disconnect', 'message'].map((name) => code(join(ROOT, 'dist/functions', name))).sort(),
    );
    assert.ok(assets.every((name) => existsSync(join(app, 'cdk.out', name, 'index.js'))));
  });

  it('lets a React app show a clock', async (t) => {
    const app = join(folder, 'react');
    copyExample('react', app);
    const site = await makeSite();
    // The built app is served instead of the page, so it has the server's own origin.
    let files = site;
    const platform = await startLocal({ site: (request, response) => files(request, response) });
    t.after(() => platform.dispose());
    const pages = await TestPages.start();
    t.after(() => pages.dispose());
    await run('npm', ['install', tarball, '--no-audit', '--no-fund', '--loglevel=error'], app);
    await run('npm', ['run', 'build'], app, { VITE_CLOCK_URL: platform.socketUrl });
    files = ({ url = '/' }, response) => {
      const path = url === '/' ? '/index.html' : url;
      const type = path.endsWith('.js') ? 'text/javascript' : 'text/html';
      const file = join(app, 'dist', path);
      response.writeHead(existsSync(file) ? 200 : 204, { 'content-type': type });
      response.end(existsSync(file) ? readFileSync(file) : undefined);
    };

    const page = await pages.open(t, platform.siteUrl);
    await page.locator('#state', { hasText: /^open: \d{4}-.*Z ± \d+ ms$/ }).waitFor();
    await page.getByRole('button', { name: 'Buy', disabled: false }).waitFor();
    await pages.close(t);
  });

  /** @param links folders of packages that are installed elsewhere, by name */
  async function makeProject(path: string, links: Readonly<Record<string, string>>): Promise<void> {
    mkdirSync(join(path, 'node_modules/tickcast'), { recursive: true });
    writeFileSync(join(path, 'package.json'), '{}');
    await run('tar', ['-xzf', tarball, '-C', join(path, 'node_modules/tickcast'), '--strip-components=1'], path);
    mkdirSync(join(path, 'node_modules/@types'));
    symlinkSync(join(ROOT, 'node_modules/@types/node'), join(path, 'node_modules/@types/node'));
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(path, 'node_modules', name));
  }
});

const WEBPACK_BUILD = `import webpack from ${JSON.stringify(join(MODULES, 'webpack/lib/index.js'))};
const stats = await new Promise((resolve, reject) => webpack({
  mode: 'production', target: 'node22', entry: './client.js', experiments: { outputModule: true },
  output: { path: process.cwd() + '/out', filename: 'client.mjs', module: true },
}, (error, stats) => error ? reject(error) : resolve(stats)));
if (stats.hasErrors()) throw new Error(stats.toString());
`;

const VITE_BUILD = `import { build } from ${JSON.stringify(join(ROOT, 'node_modules/vite/dist/node/index.js'))};
await build({ logLevel: 'error', build: { outDir: 'out', target: 'node22', lib: { entry: './client.js', formats: ['es'], fileName: () => 'client.mjs' } } });
`;

/** Copies an example without the files of earlier installations. */
function copyExample(name: string, to: string): void {
  cpSync(join(ROOT, 'examples', name), to, {
    recursive: true,
    filter: (path) => !/node_modules|cdk\.out|dist$|package-lock/.test(path),
  });
}

/** Runs a program without the programs and settings of this repository's npm. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|TICKCAST)/i.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.startsWith(ROOT));
  const env = { ...Object.fromEntries(own), PATH: path.join(delimiter), ...variables };
  try {
    return (await promisify(execFile)(program, args, { cwd, env, timeout: 110_000 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}
