// `npx cdk synth` as a person runs it, without a network, and what the bundles do on Node.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { monthlyCost } from '../../cost/monthly-cost.ts';

const run = promisify(execFile);
const OFFLINE = new URL('../support/offline.mjs', import.meta.url).href;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** As npx does it: the project's own programs first, its Node among them. */
function synthesize(output: string, ...context: string[]) {
  const PATH = [join(PROJECT, 'node_modules/.bin'), process.env.PATH].join(delimiter);
  const options = { cwd: PROJECT, env: { ...process.env, PATH, NODE_OPTIONS: `--import=${OFFLINE}` } };
  return run('cdk', ['synth', '--quiet', '--output', output, ...context], options);
}

describe('cdk synth', () => {
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

  it('looks nothing up, in no account', async () => {
    const manifest = JSON.parse(await readFile(join(output, 'manifest.json'), 'utf8'));

    assert.equal(manifest.missing, undefined);
    assert.equal(manifest.artifacts.Tickcast.environment, 'aws://unknown-account/unknown-region');
  });

  it('says what a month costs when all places are taken', () => {
    const usd = Math.ceil(monthlyCost({ viewers: 100, intervalSeconds: 1 }).totalUsd);

    assert.ok(stderr.includes(`A month with all 100 places taken: about $${usd} (npm run cost)\n`), stderr);
    assert.match(stderr, /Up to 11 concurrent Lambda executions: a new account may have 10/);
  });

  it('refuses a wrong value in one line', async () => {
    const refused = synthesize(join(output, 'refused'), '-c', 'interval=0.5');

    await assert.rejects(refused, (error: { stderr: string }) => {
      assert.match(error.stderr, /^-c interval must be a whole number of seconds from 1 to 60, got "0\.5"$/m);
      assert.doesNotMatch(error.stderr, /^ +at /m);
      return true;
    });
  });

  it('bundles each handler into one module that loads by itself', async () => {
    const files = await assets('index.js');
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    // The upload logs otherwise.
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

  it('sends the page, as Vite builds it, along with the function that uploads it', async () => {
    const [page = ''] = await assets('page');

    const html = await readFile(join(page, 'index.html'), 'utf8');
    assert.match(html, /<script type="module" crossorigin src="\/assets\/index-[\w-]+\.js">/);
    // A strict Content-Security-Policy allows neither.
    assert.doesNotMatch(html, /<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=/);
    const script = `console.log(typeof require(${JSON.stringify(join(page, '../index.js'))}).handler)`;
    const env = { AWS_REGION: 'us-east-1' };
    const { stdout } = await run(process.execPath, ['--eval', script], { env });
    assert.equal(stdout.trim(), 'function');
  });

  it('has nothing heavy to upload', async () => {
    const files = await readdir(output, { recursive: true, withFileTypes: true });
    const ofAssets = files.filter((file) => file.isFile() && /asset\./.test(file.parentPath + file.name));
    const sizes = await Promise.all(
      ofAssets.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
    );

    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 0 && bytes < 3_000_000, `${bytes} bytes`);
  });
});
