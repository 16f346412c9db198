// Runs `npx cdk synth` as a user does, without a network, and runs the bundles on Node.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { monthlyCost } from '../../cost/monthly-cost.ts';

const run = promisify(execFile);
const OFFLINE = new URL('../support/offline.mjs', import.meta.url).href;
const NO_SETTINGS = fileURLToPath(new URL('no-settings.json', import.meta.url));
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** As npx sets it: the project's own programs come first on PATH, its Node among them. Has no account and none of the
 *  developer's settings. */
function synthesize(output: string, ...context: string[]) {
  const { AWS_PROFILE, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, ...others } = process.env;
  const PATH = [join(PROJECT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const env = {
    ...others,
    PATH,
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
  };
  const options = { cwd: PROJECT, env: { ...env, NODE_OPTIONS: `--import=${OFFLINE}` } };
  const settings = context.some((argument) => argument.startsWith('settings='))
    ? []
    : ['-c', `settings=${NO_SETTINGS}`];
  return run('cdk', ['synth', '--quiet', '--output', output, ...settings, ...context], options);
}

/** Runs only the app, in its own folder. */
async function runApp(t: TestContext, settings: object, env: Record<string, string> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'tickcast-app-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  await writeFile(join(cwd, 'tickcast.json'), JSON.stringify(settings));
  const CDK_OUTDIR = join(cwd, 'cdk.out');
  const options = { cwd, env: { PATH: process.env.PATH, CDK_OUTDIR, ...env } };
  const { stderr } = await run(process.execPath, [join(PROJECT, 'bin/app.ts')], options);
  const manifest = JSON.parse(await readFile(join(CDK_OUTDIR, 'manifest.json'), 'utf8'));
  return { stderr, manifest, metadata: await readFile(join(CDK_OUTDIR, 'Tickcast.metadata.json'), 'utf8') };
}

describe('cdk synth', { concurrency: 3 }, () => {
  let output: string;
  let stderr: string;
  before(async () => {
    output = await mkdtemp(join(tmpdir(), 'tickcast-synth-'));
    ({ stderr } = await synthesize(output));
  });
  after(() => rm(output, { recursive: true, force: true }));

  async function assets(file: string): Promise<string[]> {
    const folders = (await readdir(output))
      .filter((name) => name.startsWith('asset.'))
      .map((name) => join(output, name));
    const files = await Promise.all(
      folders.map(async (folder) => ((await stat(folder)).isDirectory() ? await readdir(folder) : [])),
    );
    return folders.filter((_, index) => files[index]?.includes(file)).map((folder) => join(folder, file));
  }

  it('makes no lookup in an account', async () => {
    const manifest = JSON.parse(await readFile(join(output, 'manifest.json'), 'utf8'));

    assert.equal(manifest.missing, undefined);
    assert.equal(manifest.artifacts.Tickcast.environment, 'aws://unknown-account/us-east-1');
  });

  it('prints the cost of a month in which all places are taken', () => {
    const usd = Math.ceil(monthlyCost({ viewers: 100, intervalSeconds: 1 }).totalUsd);

    assert.ok(stderr.includes(`A month with all 100 places taken: about $${usd} (npm run cost)\n`), stderr);
    assert.match(stderr, /Up to 11 concurrent Lambda executions: a new account may have 10/);
  });

  it('prints one line for a wrong value', async () => {
    const refused = synthesize(join(output, 'refused'), '-c', 'interval=0.5');

    await assert.rejects(refused, (error: { stderr: string }) => {
      assert.match(error.stderr, /^-c interval must be a whole number of seconds from 1 to 60, got "0\.5"$/m);
      assert.doesNotMatch(error.stderr, /^ +at /m);
      return true;
    });
  });

  it('reads its settings from tickcast.json in its folder', async (t) => {
    const { stderr, manifest } = await runApp(t, { stackName: 'Second', maxViewers: 200 });

    assert.match(stderr, /A month with all 200 places taken/);
    assert.equal(manifest.artifacts.Tickcast.properties.stackName, 'Second');
  });

  it('warns if the quota of the region is not enough', async (t) => {
    const region = { CDK_DEFAULT_REGION: 'eu-south-1' };
    const { metadata } = await runApp(t, { maxViewers: 5_000 }, region);

    assert.match(metadata, /maxViewers is 5000, but at one tick in 1 s the quota is enough for 1800 viewers/);
  });

  for (const [region, missing] of [
    ['cn-north-1', 'AWS::CloudFront::OriginAccessControl'],
    ['us-gov-west-1', 'AWS::CloudFront::Distribution'],
  ] as const) {
    it(`refuses ${region}, which lacks ${missing}, unless site is false`, async (t) => {
      const env = { CDK_DEFAULT_REGION: region, CDK_DEFAULT_ACCOUNT: '123456789012' };

      const { manifest } = await runApp(t, { site: false, allowedOrigins: ['https://www.example'] }, env);
      assert.equal(manifest.artifacts.Tickcast.environment, `aws://123456789012/${region}`);
      await assert.rejects(runApp(t, {}, env), new RegExp(`Resource type '${missing}' does not exist in '${region}'`));
    });
  }

  it('bundles each handler into one module that needs no other', async () => {
    const files = await assets('index.js');
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    // The upload function logs in another form.
    const bundles = files.filter((_, index) => texts[index]?.includes('POWERTOOLS'));
    assert.equal(bundles.length, 4);

    const env = {
      AWS_REGION: 'us-east-1',
      TABLE_NAME: 'table',
      CONNECTIONS_ENDPOINT: 'https://api.example/websocket',
      INTERVAL_SECONDS: '1',
      SHARDS: '1',
      ALLOWED_ORIGINS: 'https://page.example',
      ORIGIN_REQUIRED: 'false',
      ORIGIN_SECRET: 'none',
      MAX_VIEWERS: '100',
      MAX_VIEWERS_PER_ADDRESS: 'unlimited',
      WAKE_QUEUE_URLS: 'https://sqs.us-east-1.amazonaws.com/123456789012/wakes',
      POOL_SIZE: '200',
      POSTS_PER_SECOND: '8000',
      REFUSE_WRONG_CLOCK: 'true',
    };
    for (const bundle of bundles) {
      const script = `console.log(typeof require(${JSON.stringify(bundle)}).handler)`;
      const { stdout } = await run(process.execPath, ['--eval', script], { env });
      assert.equal(stdout.trim(), 'function');
    }
  });

  it('packs the page, as Vite builds it, with the function that uploads it', async () => {
    const [page = ''] = await assets('page');

    const html = await readFile(join(page, 'index.html'), 'utf8');
    assert.match(html, /<script type="module" crossorigin src="\.\/assets\/index-[\w-]+\.js">/);
    // A strict Content-Security-Policy allows no inline script or style.
    assert.doesNotMatch(html, /<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=/);
    const script = `console.log(typeof require(${JSON.stringify(join(page, '../index.js'))}).handler)`;
    const env = { AWS_REGION: 'us-east-1' };
    const { stdout } = await run(process.execPath, ['--eval', script], { env });
    assert.equal(stdout.trim(), 'function');
  });

  it('has only small assets', async () => {
    const files = await readdir(output, { recursive: true, withFileTypes: true });
    const ofAssets = files.filter((file) => file.isFile() && /asset\./.test(file.parentPath + file.name));
    const sizes = await Promise.all(
      ofAssets.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    );

    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 0 && bytes < 3_000_000, `${bytes} bytes`);
  });
});
