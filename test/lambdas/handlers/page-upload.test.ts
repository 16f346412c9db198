// The function that uploads the page, in an environment like Lambda's, with the real SDK and a local bucket over HTTP.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ResourceEvent } from '../../../lambdas/handlers/page-upload.ts';
import { Environment } from '../../../local/functions/environment.ts';
import { startBucket } from '../../support/bucket.ts';

const PAGE = {
  'index.html': '<!doctype html>',
  'assets/index-a1.js': 'start()',
  'assets/index-b2.css': 'body {}',
  'assets/icon-c3.svg': '<svg/>',
};

async function prepare(t: TestContext, page: Record<string, string> = PAGE, properties: { Sockets?: string[] } = {}) {
  const bucket = await startBucket('page-bucket');
  t.after(() => bucket.dispose());
  const root = await mkdtemp(join(tmpdir(), 'tickcast-upload-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(page)) {
    const path = join(root, 'page', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const environment = new Environment({
    functionName: 'upload',
    handlerUrl: new URL('../../../dist/functions/page-upload/index.js', import.meta.url).href,
    variables: {
      LAMBDA_TASK_ROOT: root,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_S3: bucket.endpoint,
    },
    timeoutMillis: 10_000,
    output: () => {},
  });
  t.after(() => environment.dispose());
  const request = (RequestType: ResourceEvent['RequestType']) =>
    environment.invoke(RequestType, {
      RequestType,
      ResponseURL: `${bucket.endpoint}/answer`,
      StackId: 'the-stack',
      RequestId: 'the-request',
      LogicalResourceId: 'the-resource',
      ResourceProperties: { Bucket: 'page-bucket', ...properties },
    } satisfies ResourceEvent);
  return { bucket, request };
}

const answer = (Status: string) => ({
  Status,
  StackId: 'the-stack',
  RequestId: 'the-request',
  LogicalResourceId: 'the-resource',
  PhysicalResourceId: 'page-bucket',
});

describe('the upload of the page', () => {
  it('writes the URLs of the sockets into the page', async (t) => {
    const page = { 'index.html': '<head><meta name="tickcast-socket" content="/websocket" /></head>' };
    const { bucket, request } = await prepare(t, page, {
      Sockets: ['/websocket', 'wss://clock.example/socket?a=$&b="'],
    });

    assert.equal((await request('Create')).kind, 'returned');

    const html =
      '<head><meta name="tickcast-socket" content="/websocket wss://clock.example/socket?a=$&amp;b=&quot;" /></head>';
    assert.equal(String(bucket.objects.get('index.html')?.body), html);
  });

  it('reports a failure when the page has no element for the URLs of its sockets', async (t) => {
    const { bucket, request } = await prepare(t, PAGE, { Sockets: ['wss://clock.example/socket'] });

    assert.equal((await request('Create')).kind, 'returned');

    assert.equal(bucket.answers.at(-1)?.body.Status, 'FAILED');
  });

  it('uploads each file with its type and cache control, and the page last', async (t) => {
    const { bucket, request } = await prepare(t);

    assert.equal((await request('Create')).kind, 'returned');

    const forever = 'max-age=31536000, immutable';
    const stored = Object.fromEntries(
      [...bucket.objects].map(([key, { body, contentType, cacheControl }]) => [
        key,
        [String(body), contentType, cacheControl],
      ]),
    );
    assert.deepEqual(stored, {
      'index.html': ['<!doctype html>', 'text/html; charset=utf-8', 'no-cache'],
      'assets/index-a1.js': ['start()', 'text/javascript; charset=utf-8', forever],
      'assets/index-b2.css': ['body {}', 'text/css; charset=utf-8', forever],
      'assets/icon-c3.svg': ['<svg/>', 'image/svg+xml', forever],
    });
    assert.equal(bucket.changes.at(-1), 'PUT index.html');
    // The signature of CloudFormation's URL requires an empty content type.
    assert.deepEqual(bucket.answers, [{ body: answer('SUCCESS'), contentType: '' }]);
  });

  it('keeps the files of the replaced release, and removes older ones after the upload', async (t) => {
    const { bucket, request } = await prepare(t);
    const month = 30 * 24 * 3_600_000;
    const now = Date.now();
    for (const [key, ageMillis] of Object.entries({
      'index.html': month,
      'assets/index-old.js': month + 20_000,
      'assets/index-older.js': 2 * month,
      'older.html': 2 * month,
    })) {
      const modifiedMillis = now - ageMillis;
      bucket.objects.set(key, { body: Buffer.of(), contentType: '', cacheControl: '', modifiedMillis });
    }

    await request('Update');

    assert.deepEqual([...bucket.objects.keys()].sort(), [...Object.keys(PAGE), 'assets/index-old.js'].sort());
    const removals = ['assets/index-older.js', 'older.html'].map((key) => `DELETE ${key}`);
    assert.deepEqual(bucket.changes.slice(-3), ['PUT index.html', ...removals]);
  });

  it('empties the bucket when the stack is deleted, because only an empty bucket can be deleted', async (t) => {
    const { bucket, request } = await prepare(t);
    await request('Create');

    await request('Delete');

    assert.equal(bucket.objects.size, 0);
    assert.deepEqual(bucket.answers.at(-1)?.body, answer('SUCCESS'));
  });

  it('reports a failure to CloudFormation immediately, with the name of the error only', async (t) => {
    const { bucket, request } = await prepare(t);
    bucket.isForbidden = true;

    assert.equal((await request('Create')).kind, 'returned');

    const [{ body } = assert.fail('no answer')] = bucket.answers;
    const { Reason, ...others } = body;
    assert.deepEqual(others, answer('FAILED'));
    assert.match(
      String(Reason),
      /^could not update the bucket: AccessDenied; see \d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/,
    );
  });

  it('keeps the old page when the new release has no page', async (t) => {
    const { bucket, request } = await prepare(t, { 'assets/index-a1.js': 'start()' });
    bucket.objects.set('index.html', { body: Buffer.of(), contentType: '', cacheControl: '', modifiedMillis: 0 });

    await request('Update');

    assert.ok(bucket.objects.has('index.html'));
    assert.equal(bucket.answers[0]?.body.Status, 'FAILED');
  });
});
