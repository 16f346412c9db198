// Stack traces of errors in the bundles, as Lambda's runtime logs them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BUNDLES = fileURLToPath(new URL('../../dist/functions', import.meta.url));

/** Loads a bundle without its settings, which throws. @returns the stack trace */
async function stackOf(bundle: string): Promise<string> {
  const script = `try { require(${JSON.stringify(bundle)}) } catch (error) { console.log(error.stack) }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { env: {} });
  return stdout;
}

async function copyBundle(t: TestContext, files: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tickcast-bundle-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const file of files) await cp(join(BUNDLES, 'connect', file), join(folder, file));
  return join(folder, 'index.js');
}

describe('the stack trace of an error in a bundle', () => {
  it('has positions in the source files, in whichever folder the bundle is', async (t) => {
    const stack = await stackOf(await copyBundle(t, ['index.js', 'index.js.map']));

    assert.match(stack, /^ConfigError: [A-Z_]+ must be set, got nothing\n/);
    assert.match(stack, /\n {4}at \S+ \(lambdas\/config\.ts:\d+:\d+\)\n/);
    assert.match(stack, /\(lambdas\/handlers\/connect\.ts:\d+:\d+\)\n/);
  });

  it('has positions in the bundle for code of libraries', async (t) => {
    const bundle = await copyBundle(t, ['index.js', 'index.js.map']);
    const script = `
      const { handler } = require(${JSON.stringify(bundle)});
      const requestContext = { connectionId: 'EpLXmcSXIAMAbmg=', connectedAt: 0, identity: { sourceIp: '192.0.2.1' } };
      handler({ requestContext, headers: {} }, { awsRequestId: 'r' }).catch((error) => console.log(error.stack));
    `;
    const env = {
      // Without a region in variables or files, the SDK throws.
      AWS_CONFIG_FILE: devNull,
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      TABLE_NAME: 'table',
      INTERVAL_SECONDS: '1',
      SHARDS: '1',
      ALLOWED_ORIGINS: 'https://page.example',
      ORIGIN_REQUIRED: 'false',
      ORIGIN_SECRET: 'none',
      MAX_VIEWERS: '100',
      MAX_VIEWERS_PER_ADDRESS: '10',
      WAKE_QUEUE_URLS: 'https://sqs.example/wakes',
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['--eval', script], { env });

    assert.match(stdout, /Region is missing/);
    assert.match(stdout, /\n {4}at .*index\.js:\d+:\d+/);
    assert.doesNotMatch(stdout, /npm:library/);
  });

  it('has positions in the bundle when the source map is missing', async (t) => {
    const bundle = await copyBundle(t, ['index.js']);

    assert.match(
      await stackOf(bundle),
      /^ConfigError: [A-Z_]+ must be set, got nothing\n {4}at \S+ \(\/.*index\.js:\d/,
    );
  });
});
